#!/usr/bin/env bash
# Packs into .gpu/ what a machine with a GPU needs to run bench/gpu/run.sh: the programs, the
# tests of package model, and MiniLM's tokenizer. That machine needs an NVIDIA driver, and a
# python3 with torch (the version that setup/paths.sh names, with CUDA) and transformers; no Go,
# no compiler, no network.
#
#	make build && bin/ringmaster model fetch minilm && bench/gpu/pack.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
[[ -x bin/ringmaster-worker ]] || { echo "build first: make build" >&2; exit 1; }
minilm=${RINGMASTER_MINILM:-${XDG_CACHE_HOME:-$HOME/.cache}/ringmaster/models/minilm}
[[ -e $minilm/vocab.txt ]] || { echo "fetch MiniLM first: bin/ringmaster model fetch minilm" >&2; exit 1; }
eval "$(setup/env.sh)"
pack=$(mktemp -d)
trap 'rm -rf "$pack"' EXIT
mkdir -p "$pack/bin" "$pack/tokenizer" "$pack/test" .gpu
strip -o "$pack/bin/ringmaster" bin/ringmaster
strip -o "$pack/bin/ringmaster-worker" bin/ringmaster-worker
go test -buildvcs=false -c -ldflags '-s -w -extldflags "-Wl,-rpath,$ORIGIN/../torch/lib"' -o "$pack/test/" ./model ./model/torch
cp -r model/testdata "$pack/test/testdata"
cp "$minilm"/{vocab.txt,tokenizer.json,tokenizer_config.json,special_tokens_map.json} "$pack/tokenizer/"
tar c -C "$pack" . | xz -T0 -6 >.gpu/pack.txz
cp bench/gpu/*.py bench/gpu/run.sh .gpu/
du -sh .gpu
