#!/usr/bin/env bash
# Prints the linker's flags that tell a program its commit and the commit's date (cmd/version),
# or nothing where this is no clone of its own that git can read.
#
#	go build -ldflags "$(setup/version.sh)" ./cmd/ringmaster
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/paths.sh"
cd "$root"

top=$(git rev-parse --show-toplevel 2>/dev/null) || exit 0
[[ $top -ef $root ]] || exit 0 # an unpacked archive inside another project's clone
commit=$(git rev-parse --short=12 HEAD 2>/dev/null) || exit 0
date=$(TZ=UTC git show --no-patch --format=%cd --date=format-local:%Y-%m-%d HEAD)
[[ -z $(git status --porcelain 2>/dev/null) ]] || commit+=-modified
printf -- '-X ringmaster/cmd/version.commit=%s -X ringmaster/cmd/version.date=%s' "$commit" "$date"
