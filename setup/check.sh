#!/usr/bin/env bash
# Runs the checks, and lists what failed and what was skipped.
#
#	setup/check.sh lint     golangci-lint (formatting, go vet, staticcheck and more), govulncheck, shellcheck
#	setup/check.sh          those, then all tests; needs bin/ built
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/paths.sh"
cd "$root" || exit

# Run by their versions, so that go.mod holds nothing of them. Go keeps what it compiled: minutes
# the first time, a second after.
golangci_lint=github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 # .golangci.yml says what it looks for
gotestsum=gotest.tools/gotestsum@v1.13.0
govulncheck=golang.org/x/vuln/cmd/govulncheck@v1.9.0
libtorch_binding=github.com/sugarme/gotch

environment=$(setup/env.sh) || exit
eval "$environment"
export GOFLAGS="${GOFLAGS:-} -buildvcs=false"

log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
failed=()

# stage TITLE COMMAND... runs a command under a title, tells how long it took, and remembers its failure.
stage() {
	local title=$1 start=$SECONDS
	shift
	printf '\n== %s\n' "$title"
	if "$@"; then
		printf -- '-- %s: ok, %d s\n' "$title" $((SECONDS - start))
	else
		printf -- '-- %s: FAILED, %d s\n' "$title" $((SECONDS - start))
		failed+=("$title")
	fi
}

shell_scripts() {
	if ! command -v shellcheck >/dev/null; then
		echo "=== SKIP: shellcheck is not installed: sudo apt install shellcheck" | tee "$log/shellcheck"
		return
	fi
	shellcheck -x -P setup setup/*.sh .ci/run
}

# vulnerabilities looks for known ones in what the programs call. It needs the database of Go's
# vulnerabilities: over the network, or a copy that GOVULNDB names.
vulnerabilities() {
	local code=0
	go run "$govulncheck" ${GOVULNDB:+-db "$GOVULNDB"} ./... >"$log/govulncheck" 2>&1 || code=$?
	if ! grep -q 'fetching vulnerabilities' "$log/govulncheck"; then
		tail -n 40 "$log/govulncheck"
		return "$code"
	fi
	echo "=== SKIP: the database of known vulnerabilities cannot be reached, so NONE WERE LOOKED FOR ($(grep -m 1 'fetching vulnerabilities' "$log/govulncheck")): give it network access, or name a copy in GOVULNDB" |
		tee "$log/govulncheck"
}

# linking_libtorch prints the packages that, or whose tests, link libtorch.
linking_libtorch() {
	go list -e -test -f '{{or .ForTest .ImportPath}} {{join .Deps " "}}' ./... |
		awk -v binding="$libtorch_binding" 'index($0, " " binding) { sub(/\.test$/, "", $1); print $1 }' | sort -u
}

# manifests tests deploy/ against Kubernetes' schemas, a policy linter and Helm. It is a Go module of its
# own, whose modules may not be at hand.
manifests() {
	if ! (cd deploy/tools && go list -deps -test ./... && go mod download sigs.k8s.io/kubectl-validate) >"$log/modules" 2>&1; then
		echo "=== SKIP: the modules that check the manifests of deploy/ cannot be had: $(tail -n 1 "$log/modules")" | tee "$log/manifests"
		return
	fi
	(cd deploy/tools && CGO_ENABLED=0 go vet ./... && CGO_ENABLED=0 go_test manifests ./...)
}

go_test() {
	local name=$1
	shift
	# -count=1: Go's cache of test results does not see the programs and files that some tests use. -timeout: e2e takes 10 minutes.
	go run "$gotestsum" --format standard-quiet -- -count=1 -timeout 40m "$@" 2>&1 | tee "$log/$name"
}

stage "formatting" go run "$golangci_lint" fmt --diff
stage "golangci-lint" go run "$golangci_lint" run ./...
stage "govulncheck" vulnerabilities
stage "shellcheck" shell_scripts
if [[ ${1:-} != lint ]]; then
	tensor=$(linking_libtorch) || exit
	pure=$(go list -e ./... | grep -vxF "${tensor:-none}") || exit
	# shellcheck disable=SC2086 # lists of packages
	stage "manifests for Kubernetes" manifests
	stage "tests of pure Go packages, with the race detector" go_test pure -race $pure
	# shellcheck disable=SC2086
	[[ -z $tensor ]] || stage "tests of packages that link libtorch" go_test tensor $tensor
fi

skips=$(grep -hs --no-group-separator -A 1 '^=== SKIP' "$log"/*)
[[ -z $skips ]] || printf '\n== SKIPPED, and why\n%s\n' "$skips"
if ((${#failed[@]})); then
	printf '\nFAILED, %d s:\n' "$SECONDS"
	printf '  %s\n' "${failed[@]}"
	exit 1
fi
printf '\nall checks passed, %d s\n' "$SECONDS"
