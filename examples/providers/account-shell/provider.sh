#!/bin/sh
# Looks after accounts of a vendor, in POSIX sh and coreutils. The vendor is the folder of ../account-vendor/vendor.sh; with a real
# one, each line about a file becomes a call of its command line.
#
# It is called as "provider.sh verify|clean|leftovers|rotate". Credentials stand on standard input alone, in one line of JSON; what
# else it needs to know stands in variables. It remembers nothing: the server does.
set -eu
umask 077
told=$(cat)
account=${ACCOUNT_VENDOR:-$POOLKEEPER_CONFIG_DIR/vendor}/${POOLKEEPER_PARAM_ACCOUNT:?"give the resource the parameter account"}

fail() { code=$1; shift; echo "$*" >&2; exit "$code"; } # CODE WORDS…: 65 refused, 75 nobody knows
random() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }
# One text of a credential. Enough where none holds quotes, braces or backslashes; else use jq.
text() { printf %s "$told" | sed -n "s/.*\"$1\":{[^}]*\"$2\":\"\([^\"]*\)\".*/\1/p"; } # PART NAME
keep_only() { for key in "$account/keys"/*; do [ "${key##*/}" = "$1" ] || rm -f "$key"; done; } # ID

[ ! -e "${account%/*}/away" ] || fail 75 "the vendor does not answer"
[ "$(text management token)" = "$(cat "$account/token")" ] || fail 65 "the vendor does not let the management token in"

case ${1-}/${POOLKEEPER_PHASE-} in
  verify/) echo "{\"evidence\": {\"account\": \"${account##*/}\"}}" ;;
  clean/) rm -rf "$account/things"; mkdir "$account/things"; echo '{}' ;;
  leftovers/)
    separator=
    printf '{"leftovers": ['
    for thing in "$account/things"/*/*; do
      [ -e "$thing" ] || continue
      kind=${thing%/*}
      printf '%s{"kind": "%s", "id": "%s"}' "$separator" "${kind##*/}" "${thing##*/}"
      separator=', '
    done
    echo ']}' ;;
  rotate/create) # begins with what a call left behind that was cut off
    keep_only "$(text current id)"
    id=key-$(random 4) secret=$(random 16)
    printf %s "$secret" > "$account/keys/$id"
    printf '{"credential": {"id": "%s", "secret": "%s"}}\n' "$id" "$secret" ;;
  rotate/try) # "pending" is what was made: does it open the account?
    [ "$(text pending secret)" = "$(cat "$account/keys/$(text pending id)" 2>/dev/null)" ] || fail 65 "the new key is no good"
    echo '{}' ;;
  rotate/delete) # "current" is what was made now
    keep_only "$(text current id)"; echo '{}' ;;
  *) fail 64 "the operation ${1-} is not known here" ;;
esac
