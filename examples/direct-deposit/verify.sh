#!/bin/sh
# Maven runs this, with the tools of the Node reader, which is built before.
set -eu
cd "$(dirname "$0")"
tools=../../cache-reader/node
"$tools/node_modules/.bin/biome" ci --config-path="$tools" .
"$tools/node_modules/.bin/tsc" -p .
exec node --test --test-timeout=300000 test/*.test.mjs
