#!/usr/bin/env bash
# Builds bin/ringmaster and bin/ringmaster-worker, after setting up what they need.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/paths.sh"
cd "$root"

setup/prerequisites.sh
environment=$(setup/env.sh)
eval "$environment"

version=$(setup/version.sh)
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

# build runs go build. Of its words only downloads are shown while it works: the C++
# wrappers compile with warnings. Where it fails all are, or a sentence that explains them.
build() {
	# -buildvcs=false: commit and date are passed in, and asking git fails in another user's clone.
	go build -buildvcs=false "$@" 2>&1 | tee "$errors" | { grep --line-buffered '^go: ' || true; } && return
	if grep -qi 'no space left' "$errors"; then
		fail "a disk that the compiler writes to is full ($(go env GOCACHE), ${TMPDIR:-/tmp} or $root/bin): free about 1 GB there, then run this again"
	fi
	if grep -q 'Killed signal' "$errors"; then
		fail "the C++ compiler was killed, most likely because memory ran out: free about 3 GB, then run this again"
	fi
	grep -v '^go: downloading' "$errors" >&2 || true
	fail "the build failed for the reasons above"
}

# -s -w: without symbol table and debug information, which stack traces do not need.
CGO_ENABLED=0 build -trimpath -ldflags "-s -w $version" -o bin/ringmaster ./cmd/ringmaster

setup/libtorch.sh
environment=$(setup/env.sh) # again: the installed header's name may be new
eval "$environment"
[[ -e bin/ringmaster-worker ]] ||
	echo "building bin/ringmaster-worker (the first build compiles the C++ wrappers: about 3 minutes)"
# Without -trimpath, so that tests share what is compiled here. Besides the cache, the
# worker looks for libtorch in torch/ beside its own folder, as in a container image.
# shellcheck disable=SC2016 # $ORIGIN is for the dynamic loader
build -ldflags "$version -extldflags '"'-Wl,-rpath,$ORIGIN/../torch/lib'"'" \
	-o bin/ringmaster-worker ./cmd/ringmaster-worker
