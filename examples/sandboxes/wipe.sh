#!/bin/sh
# Empties a sandbox, with the mistake that many such scripts have: * names no hidden file.
set -eu
sandbox=${POOLKEEPER_ENDPOINT_DIRECTORY#file://}
rm -rf -- "${sandbox:?}"/*
echo "emptied $POOLKEEPER_RESOURCE_NAME"
