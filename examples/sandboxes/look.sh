#!/bin/sh
# Proves that a sandbox is empty. It asks nobody what was done: it looks.
set -eu
sandbox=${POOLKEEPER_ENDPOINT_DIRECTORY#file://}
left=$(ls -A "$sandbox")
if [ -n "$left" ]; then
  echo "still there: $left" >&2
  exit 1
fi
echo "nothing is left in $POOLKEEPER_RESOURCE_NAME"
