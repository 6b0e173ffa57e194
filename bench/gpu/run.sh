#!/usr/bin/env bash
# Measures on a machine with a GPU, from what bench/gpu/pack.sh packed:
#
#	.gpu/run.sh test            the model's tests on the GPU
#	.gpu/run.sh ours            our steps alone, a line each
#	.gpu/run.sh minilm          our steps beside PyTorch's, in turns (or bertbase)
#	.gpu/run.sh mlm             masked-language-model pretraining beside PyTorch's
#	.gpu/run.sh curve           our losses on the GPU in bfloat16 beside the CPU's in float32
#	.gpu/run.sh trainer         texts of real lengths beside Hugging Face Trainer
#
# Several words do one after another. Results go to $OUT (default: ./out).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export OUT=${OUT:-$PWD/out} PYTHONUNBUFFERED=1 WORK=${WORK:-/tmp/ringmaster-gpu}
mkdir -p "$OUT" "$WORK"
if [[ ! -e $WORK/minilm.yaml ]]; then
	tar xJf "$here/pack.txz" -C "$WORK"
	ln -s "$(python3 -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])')" "$WORK/torch"
	python3 "$here/corpora.py" "$WORK" "$WORK/tokenizer"
fi
nvidia-smi --query-gpu=name,driver_version --format=csv,noheader
for what; do
	case $what in
	test) (cd "$WORK/test" && export RINGMASTER_TEST_DEVICE=cuda && ./torch.test -test.run GPU 2>&1 | tail -n 40; ./model.test -test.run 'Recorded|Tiny|Masked' 2>&1 | tail -n 40) ;;
	ours) python3 "$here/compare.py" "$WORK" minilm ours && python3 "$here/compare.py" "$WORK" bertbase ours ;;
	mlm) python3 "$here/compare.py" "$WORK" minilm mlm ;;
	minilm | bertbase) python3 "$here/compare.py" "$WORK" "$what" all ;;
	curve) python3 "$here/curve.py" "$WORK" ;;
	trainer) python3 "$here/compare.py" "$WORK" minilm trainer ;;
	*) echo "unknown: $what" >&2; exit 2 ;;
	esac
done
