#!/usr/bin/env bash
# Fuzzes whatever reads files or messages from elsewhere: every `func Fuzz…` of the module, one
# after another. What is found stays in the package's testdata/fuzz, and is a test from then on.
#
#	FUZZTIME=1h setup/fuzz.sh [PATTERN]     PATTERN chooses targets, as in FuzzRead or data/
#
# FUZZTIME is how long each is run (default 1m; 1000x is a number of inputs).
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/paths.sh"
cd "$root" || exit
environment=$(setup/env.sh) || exit
eval "$environment"
export GOFLAGS="${GOFLAGS:-} -buildvcs=false"

time=${FUZZTIME:-1m}
failed=() run=0
while IFS=: read -r file _ line; do
	name=${line#func }
	name=${name%%(*}
	package=./$(dirname "$file")
	[[ $package/$name =~ ${1:-.} ]] || continue
	printf '\n== %s %s, %s\n' "$package" "$name" "$time"
	run=$((run + 1))
	# What is new is kept as it is: making it smaller takes a minute an input, and all of the time.
	go test -run "^\$" -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 1x "$package" || failed+=("$package $name")
done < <(grep -rnE --include='*_test.go' '^func Fuzz' . | sed 's|^\./||' | sort)

if ((run == 0)); then
	echo "no fuzz target matches ${1:-.}"
	exit 2
fi
if ((${#failed[@]})); then
	printf '\nFAILED:\n'
	printf '  %s\n' "${failed[@]}"
	exit 1
fi
printf '\n%d fuzz targets passed, %s each\n' "$run" "$time"
