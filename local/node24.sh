#!/bin/sh
# Runs a file on the Node.js that the lock file pins, whatever the host has:
#   sh local/node24.sh FILE [ARGUMENT...]
# Installs first when node_modules is absent or was made from another lock file; costs nothing otherwise.
set -eu
cd "$(dirname "$0")/.."

if ! cmp -s package-lock.json node_modules/.installed-from; then
  command -v npm >/dev/null || { echo 'agent-runner: npm is not on the PATH; install Node.js 20 or later first' >&2; exit 1; }
  echo 'agent-runner: installing what package-lock.json names (once) ...' >&2
  # Host engines and script approval do not matter: everything runs on the pinned Node.js, and no install script is needed.
  npm ci --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json node_modules/.installed-from
fi

node=node_modules/.bin/node
[ -x "$node" ] || node=$(command -v node)
case $("$node" --version) in
  v2[4-9].*|v[3-9][0-9].*) ;;
  *) echo "agent-runner: needs Node.js 24 or later; no package of it exists for $(uname -sm), and the host has $("$node" --version)" >&2; exit 1 ;;
esac
PATH="$PWD/node_modules/.bin:$PATH" exec "$node" "$@"
