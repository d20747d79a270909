#!/bin/sh
# A provider in POSIX sh and coreutils: each resource is a scratch directory of this machine.
#
# It is called as "provider.sh create|observe|destroy". What it needs to know stands in variables; the JSON on standard
# input says the same and more. The answer is one JSON object on standard output; what goes to standard error is logged.
set -eu

# Exit codes of the contract (sysexits.h).
UNKNOWN_OPERATION=64 REFUSED=65 EXHAUSTED=69 RETRY=75

SANDBOXES_MAX=20
ROOT=$POOLKEEPER_STATE_DIR/sandboxes
# Whatever goes wrong and is not named below may pass.
trap 'status=$?; [ $status -eq 0 ] || [ $status -ge 64 ] || exit $RETRY' EXIT

fail() { # CODE WORDS…
  code=$1; shift
  echo "$*" >&2
  exit "$code"
}

# Text in JSON needs care that sh does not give; so what would need it is refused.
case $ROOT in *[\"\\]*) fail $REFUSED "the path $ROOT has characters that this program cannot write as JSON" ;; esac
mkdir -p "$ROOT"

# One thing as JSON, without its braces. The name of the directory is the resource's id: that is how it is found again,
# by whichever call. It counts as up when the file "ready" was written, which is the last step of making it.
describe() { # ID
  machine=PENDING
  [ -e "$ROOT/$1/ready" ] && machine=RUNNING
  printf '"externalId":"%s","machine":"%s","endpoints":{"directory":"file://%s"}' "$1" "$machine" "$ROOT/$1/work"
}

create() {
  id=$POOLKEEPER_RESOURCE_ID
  if [ ! -e "$ROOT/$id" ]; then
    set -- "$ROOT"/*
    [ $# -lt $SANDBOXES_MAX ] || fail $EXHAUSTED "all $SANDBOXES_MAX sandboxes are in use"
  fi
  # Each step may be done again: after a crash, or by another call at the same time.
  mkdir -p "$ROOT/$id/work"
  printf '%s\n' "${POOLKEEPER_TEMPLATE_NOTE-}" > "$ROOT/$id/note.$$"
  mv "$ROOT/$id/note.$$" "$ROOT/$id/work/NOTE"
  touch "$ROOT/$id/ready"
  echo "made $ROOT/$id" >&2
  printf '{%s}\n' "$(describe "$id")"
}

observe() {
  separator=
  printf '{"resources":['
  for directory in "$ROOT"/*; do
    [ -d "$directory" ] || continue
    id=${directory##*/}
    printf '%s{"resource":"%s",%s}' "$separator" "$id" "$(describe "$id")"
    separator=,
  done
  printf ']}\n'
}

destroy() {
  directory=$ROOT/$POOLKEEPER_RESOURCE_ID
  rm -rf "$directory"
  if [ -e "$directory" ]; then echo '{"state":"going"}'; else echo '{"state":"gone"}'; fi
}

case ${1-} in
  create | observe | destroy) "$1" ;;
  *) fail $UNKNOWN_OPERATION "the operation ${1-} is not known here" ;;
esac
