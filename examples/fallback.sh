#!/usr/bin/env bash
# What `make demo-fallback` runs: one program, two data sets. The first may be trained on, so the
# tiny model learns; of the second too few licences are known, so it answers by retrieval instead.
# Then somebody asks to be forgotten. Everything happens in build/fallback.
# usage: fallback.sh path/to/govgate path/to/python
set -euo pipefail
cd "$(dirname "$0")/.."
govgate=$(realpath "${1:-govgate}" 2>/dev/null || command -v govgate)
python=$(realpath -s "${2:-python3}" 2>/dev/null || command -v python3)
place=build/fallback
rm -rf "$place"
mkdir -p "$place"
export GOVGATE_HOME=$place/home

say() { printf '\n$ %s\n' "$*"; }
both() {
    say govgate run "$1" --fallback "'python examples/answer.py'" -- python examples/train.py MODEL
    "$govgate" run "$1" --fallback "$python examples/answer.py" \
        --checkpoint "$place/model.json" -- "$python" examples/train.py "$place/model.json"
}

"$govgate" key new > /dev/null

say govgate gate examples/data --out "$place/all"
"$govgate" gate examples/data --out "$place/all" | sed -n 1p
both "$place/all"

say govgate gate examples/data/articles.csv --config examples/data/govgate.yaml --out "$place/some"
{ "$govgate" gate examples/data/articles.csv --config examples/data/govgate.yaml \
    --out "$place/some" || test $? = 1; } | sed -n 1,2p
both "$place/some"

say govgate trace --subject u-1001
"$govgate" trace --subject u-1001
say govgate erase --subject u-1001 --yes
"$govgate" erase --subject u-1001 --yes
say govgate erase --verify "$place/home/erasures/RECEIPT"
"$govgate" erase --verify "$place"/home/erasures/*.intoto.jsonl
both "$place/all"
