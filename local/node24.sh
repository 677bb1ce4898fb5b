#!/bin/sh
# Runs a file on the Node.js that the lock file pins, whatever the host has:
#   sh local/node24.sh [--with-tools] FILE [ARGUMENT...]
# Installs first what is missing or was made from another lock file; costs nothing otherwise. The platform itself needs no
# devDependencies, so that the first start is not kept waiting by linters; --with-tools brings them.
set -eu
cd "$(dirname "$0")/.."

tools=no
[ "${1-}" = --with-tools ] && tools=yes && shift

# Host engines and script approval do not matter: everything runs on the pinned Node.js, and no install script is needed.
flags='--ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error'
announce() {
  # npm ci would empty the folder behind it, which is somebody else's.
  if [ -L node_modules ]; then
    echo "agent-runner: node_modules is a link to $(readlink node_modules), whose packages are not of this package-lock.json; remove the link, and start again" >&2
    exit 1
  fi
  # Older ones do not know which C library a package is for, and leave half of them out.
  case $(npm --version 2>/dev/null) in
    [1-9][0-9].*) ;;
    *) echo 'agent-runner: needs npm 10 or later, which comes with Node.js 20; install that first' >&2; exit 1 ;;
  esac
  echo "agent-runner: installing $1 (once) ..." >&2
}
if ! cmp -s package-lock.json node_modules/.installed-from; then
  announce 'what package-lock.json names'
  if [ $tools = yes ]; then npm ci $flags >&2; else npm ci --omit=dev $flags >&2; fi
  [ $tools = no ] || touch node_modules/.with-tools
  cp package-lock.json node_modules/.installed-from
elif [ $tools = yes ] && [ ! -e node_modules/.with-tools ]; then
  announce 'the tools for development'
  # Not npm ci, which begins by deleting what a platform that is running stands on.
  npm install --no-save --include=dev $flags >&2
  touch node_modules/.with-tools
  cp package-lock.json node_modules/.installed-from
fi

# By its own path: not every npm links an optional package's program into .bin.
node=$(command -v node || true)
for pinned in node_modules/node-*/bin/node; do
  [ ! -x "$pinned" ] || node=$PWD/$pinned
done
case $("$node" --version) in
  v2[4-9].*|v[3-9][0-9].*) ;;
  *) echo "agent-runner: needs Node.js 24 or later; no package of it exists for $(uname -sm), and the host has $("$node" --version)" >&2; exit 1 ;;
esac
PATH="$(dirname "$node"):$PWD/node_modules/.bin:$PATH" exec "$node" "$@"
