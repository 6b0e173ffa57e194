#!/usr/bin/env bash
# Prints the environment in which Go builds everything here:
#
#	eval "$(setup/env.sh)"
#	go test ./model/...
#
# The strings are part of Go's build-cache key: another flag, or another order, and
# the wrappers around libtorch compile anew for minutes.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/paths.sh"

installed=$(go_version)
if [[ -n $installed ]] && ! at_least "$installed" "$go_wanted"; then
	fetched=$(cd / && GOTOOLCHAIN=local go env GOMODCACHE)/$go_module/bin
	printf 'unset GOROOT\nexport PATH=%q\n' "$fetched:$PATH"
fi

d=$libtorch_dir
export_flags() { printf 'export %s="%s"\n' "$1" "${*:2}"; }
export_flags CGO_ENABLED 1
export_flags CGO_CFLAGS -O1 -g0
export_flags CGO_CXXFLAGS -O1 -g0 -include "$installed_header" \
	"-I$d/torch/include" "-I$d/torch/include/torch/csrc/api/include"
# stubs first: gotch's link line names CUDA libraries, which empty archives satisfy.
export_flags CGO_LDFLAGS "-L$d/stubs" "-L$d/torch/lib" \
	"-Wl,-rpath,$d/torch/lib" "-Wl,-rpath-link,$d/nvidia/cu13/lib"
