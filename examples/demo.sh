#!/usr/bin/env bash
# What `make demo` runs: one gate over the sample data, from an empty home, in build/demo.
# usage: demo.sh path/to/govgate
set -euo pipefail
cd "$(dirname "$0")/.."
govgate=$(realpath "${1:-govgate}" 2>/dev/null || command -v govgate)
demo=build/demo
rm -rf "$demo"
mkdir -p "$demo"
export GOVGATE_HOME=$demo/home

say() { printf '\n$ %s\n' "$*"; }

say govgate key new
"$govgate" key new

say govgate gate examples/data --out "$demo/run"
"$govgate" gate examples/data --out "$demo/run"

cat <<TEXT

The command is $1; for what stands under "next", put its folder on your PATH:
  export PATH="\$PWD/$(dirname "$1"):\$PATH"
TEXT
