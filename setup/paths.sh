# shellcheck shell=bash disable=SC2034
# Sourced by the scripts beside it: where things are, and how a failure is said.

# fail says what happened and what to do, in one sentence, and ends the script.
fail() {
	printf 'ringmaster set-up: %s\n' "$*" >&2
	exit 1
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit

# One place per user, whatever the clone: the flags that name it are part of Go's
# build-cache key, so a second clone downloads and compiles nothing again.
cache=${XDG_CACHE_HOME:-}
[[ $cache == /* ]] || cache=${HOME:?HOME is not set: set it, or XDG_CACHE_HOME}/.cache
cache=$cache/ringmaster
[[ $cache != *[[:space:]]* ]] ||
	fail "the path of the cache directory '$cache' has a space, which is not possible in compiler flags: set XDG_CACHE_HOME to a directory without one"

libtorch_version=2.11.0
libtorch_dir=$cache/libtorch-$libtorch_version-cpu

# Go does not look into a header named by -include when it decides what to compile
# anew, so a header whose content differs must get another name.
header=$root/setup/gotch_libtorch_2_11.h
installed_header=$libtorch_dir/compat/${header##*/}
if [[ -e $installed_header ]] && ! cmp -s "$header" "$installed_header"; then
	header_sum=$(sha256sum <"$header")
	installed_header=$libtorch_dir/compat/${header_sum:0:12}/${header##*/}
fi

# The Go that go.mod asks for, and where a fetched one lies (setup/prerequisites.sh).
go_wanted=$(sed -n 's/^go //p' "$root/go.mod")
go_module=golang.org/toolchain@v0.0.1-go$go_wanted.linux-amd64

# go_version prints the version of the installed Go (1.19.8), or nothing where it has none to tell.
go_version() {
	(cd / && GOTOOLCHAIN=local go version 2>/dev/null) | sed -nE 's/^go version .*\bgo([0-9.]+).*/\1/p' || true
}

# at_least A B: is version A equal to B or later?
at_least() {
	[[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]
}
