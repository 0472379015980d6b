#!/bin/sh
# What Maven runs: the checks of package.json, with the packages of package-lock.json.
set -eu

if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  echo "The Node reader is built by Node 20 or newer and npm: put both on the PATH, or skip it by -DskipTests." >&2
  exit 1
fi

cd "$(dirname "$0")/.."
installed=node_modules/.keepwarm-lock
if ! cmp -s package-lock.json "$installed"; then
  npm ci --ignore-scripts --no-audit --no-fund
  cp package-lock.json "$installed"
fi
exec npm run --silent check
