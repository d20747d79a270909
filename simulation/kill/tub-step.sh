#!/bin/sh
# What is done to the members of the pool "tubs": $1 is soil, wipe or look, $2 the folder of marks, $3 the file that tells of it.
#
# Soil is what a holder does: it leaves its mark, and tells whose mark it finds. A wipe takes marks away; a look fails on one.
set -eu
marks="$2/$POOLKEEPER_RESOURCE"
mkdir -p "$marks"

# One short line is written at once, so that two who write at a time do not mix.
tell() {
  printf '%s %s %s %s %s %s %s\n' "$1" "$POOLKEEPER_IDEMPOTENCY_KEY" "$POOLKEEPER_RUN" "$POOLKEEPER_STEP" \
    "$POOLKEEPER_RESOURCE" "$POOLKEEPER_LEASE" "${2:--}" >>"$journal"
}
journal="$3"

tell "$1"
case "$1" in
soil)
  for mark in "$marks"/*; do
    [ -e "$mark" ] || continue
    [ "$(basename "$mark")" = "$POOLKEEPER_LEASE" ] || tell found "$(basename "$mark")"
  done
  : >"$marks/$POOLKEEPER_LEASE"
  ;;
wipe)
  rm -f "$marks"/*
  ;;
look)
  [ -z "$(ls -A "$marks")" ]
  ;;
esac
