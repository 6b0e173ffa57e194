#!/usr/bin/env bash
# Checks that the machine can build Ringmaster, and names all that is missing at once.
# Where the installed Go is older than go.mod asks for, fetches that Go as a module
# (checked against Go's checksum database) into the user's module cache.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/paths.sh"

# The oldest Go that this script has fetched a newer one with.
go_oldest=1.19

[[ $(uname -s)/$(uname -m) == Linux/x86_64 ]] ||
	fail "this machine runs $(uname -s) on $(uname -m), but the pinned libtorch $libtorch_version is for Linux on x86_64 only: use such a machine"

missing=() packages=()
need() { missing+=("$1"); packages+=("$2"); }
command -v gcc >/dev/null || need gcc gcc
command -v g++ >/dev/null || need g++ g++
command -v go >/dev/null || need Go golang-go
if [[ ! -e $libtorch_dir/stamp ]]; then # Python only unpacks libtorch
	if ! command -v python3 >/dev/null; then
		need python3 python3 && need pip python3-pip
	elif ! python3 -m pip --version >/dev/null 2>&1; then
		need pip python3-pip
	fi
fi
if ((${#missing[@]})); then
	names=$(printf ', %s' "${missing[@]}")
	fail "missing on this machine: ${names:2}; install with: sudo apt install ${packages[*]}"
fi

installed=$(go_version)
at_least "${installed:-0}" "$go_oldest" ||
	fail "Go ${installed:-of an unknown version} ($(command -v go)) is too old: install Go $go_oldest or newer (sudo apt install golang-go); it is used to fetch Go $go_wanted, which go.mod requires"
at_least "$installed" "$go_wanted" && exit

fetched=$(cd / && GOTOOLCHAIN=local go env GOMODCACHE)/$go_module
if [[ ! -x $fetched/bin/go ]]; then
	echo "Go $installed is installed, but go.mod requires $go_wanted: fetching it to your module cache"
	if ! said=$(cd / && GOTOOLCHAIN=local GOFLAGS='' go mod download "$go_module" 2>&1); then
		fail "could not fetch Go $go_wanted (${said##*$'\n'}): check the network, or install Go $go_wanted or newer, then run this again"
	fi
	# Modules are unpacked without the permission to execute; go itself comes last, as the sign that all is done.
	find "$fetched/pkg/tool" -type f -exec chmod +x {} +
	chmod +x "$fetched/bin/gofmt" "$fetched/bin/go"
fi
