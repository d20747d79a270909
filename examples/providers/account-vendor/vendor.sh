#!/bin/sh
# A vendor of accounts that is a folder of files, to try things out with: no cloud, no network.
#
#   vendor.sh open ACCOUNT             a new account; prints what "poolkeeper provider test --account" is given
#   vendor.sh make ACCOUNT KIND ID     as its holder: makes a thing, with the key in POOLKEEPER_CREDENTIAL_ID and _SECRET
#   vendor.sh list ACCOUNT             everything in it
#   vendor.sh away | back              the vendor is down; it is up again
#
# An account is a folder: "token" manages it, each file of "keys" opens it, each file of "things/KIND" was made by a holder.
set -eu
umask 077
VENDOR=${ACCOUNT_VENDOR:-vendor}
account=$VENDOR/${2-}
random() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

case ${1-} in
  open)
    mkdir -p "$account/keys" "$account/things"
    token=$(random 16) id=key-$(random 4) secret=$(random 16)
    printf %s "$token" > "$account/token"
    printf %s "$secret" > "$account/keys/$id"
    printf '{\n  "params": {"account": "%s"},\n' "$2"
    printf '  "credentials": {"management": {"token": "%s"}, "current": {"id": "%s", "secret": "%s"}}\n}\n' "$token" "$id" "$secret" ;;
  make)
    if [ "$(cat "$account/keys/$POOLKEEPER_CREDENTIAL_ID" 2>/dev/null)" != "$POOLKEEPER_CREDENTIAL_SECRET" ]; then
      echo "this key does not open $2" >&2; exit 1
    fi
    mkdir -p "$account/things/$3"
    touch "$account/things/$3/$4" ;;
  list) (cd "$account" && find keys things -type f | sort) ;;
  away) touch "$VENDOR/away" ;;
  back) rm -f "$VENDOR/away" ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
esac
