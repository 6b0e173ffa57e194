#!/usr/bin/env bash
# Writes the container images to bin/images, as docker-archives, without a container engine. bin/ must be built.
#
#	TORCH=DIR      also the GPU image that holds its own torch: DIR is where
#	               `pip install --target DIR torch==2.11.0` put it
#	PREFIX=NAME/   what to put before the images' names, for example registry.example.com/team/
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/paths.sh"
cd "$root"

out=bin/images
packages=(base-files ca-certificates libc6 libgcc-s1 libstdc++6)
debs=$cache/debian

# Said at once, and not after the build.
if [[ -n ${TORCH:-} && ! -e $TORCH/torch/lib/libtorch_cuda.so ]]; then
	fail "TORCH=$TORCH has no torch/lib/libtorch_cuda.so: name the folder that pip install --target DIR torch==$libtorch_version has filled"
fi

for tool in apt-get dpkg-deb; do
	command -v "$tool" >/dev/null ||
		fail "$tool is missing: the worker's image is made of Debian packages; build it on Debian or Ubuntu"
done

# file_names prints what the current versions of packages are called.
file_names() { apt-get download --print-uris "$@" 2>/dev/null | awk '{ print $2 }'; }

# fetch downloads the current versions of packages, and adds their files to the array files.
fetch() {
	local names name said
	names=$(file_names "$@")
	if [[ $(wc -w <<<"$names") != "$#" ]]; then # no lists of packages, or old ones
		((EUID == 0)) && apt-get update -qq || true
		names=$(file_names "$@")
		[[ $(wc -w <<<"$names") == "$#" ]] ||
			fail "apt does not know all of the packages $*: run sudo apt update, then run this again"
	fi
	for name in $names; do
		[[ -s $debs/$name ]] && continue
		said=$(cd "$debs" && apt-get download -q "$@" 2>&1) ||
			fail "apt-get could not download $* (${said##*$'\n'}): check the network, run sudo apt update, then run this again"
	done
	for name in $names; do files+=("$debs/$name"); done
}

mkdir -p "$out/build" "$debs"
chmod 755 "$debs" # apt downloads as a user of its own
files=()
fetch "${packages[@]}"
# Where the licences of GCC's libraries are depends on the release of Debian.
for file in "${files[@]}"; do
	[[ $file == */libgcc-s1_* ]] || continue
	licences=$(dpkg-deb --field "$file" Depends | grep -oE 'gcc-[0-9]+-base' | head -n 1)
	fetch "$licences"
done

environment=$(setup/env.sh)
eval "$environment"
version=$(setup/version.sh)

# The image's worker has no path of this machine in it: neither of sources, nor of libtorch, which it finds beside its own folder.
echo "building the images' ringmaster-worker (the first build compiles the C++ wrappers: about 3 minutes)"
d=$libtorch_dir
export CGO_CXXFLAGS="$CGO_CXXFLAGS -ffile-prefix-map=$d=libtorch"
CGO_LDFLAGS="-L$d/stubs -L$d/torch/lib -Wl,-rpath-link,$d/nvidia/cu13/lib"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2016 # $ORIGIN is for the dynamic loader
go build -buildvcs=false -trimpath \
	-ldflags "-s -w -buildid= $version -extldflags '"'-Wl,-rpath,$ORIGIN/../site-packages/torch/lib'"'" \
	-o "$out/build/ringmaster-worker" ./cmd/ringmaster-worker >"$log" 2>&1 || {
	grep -v '^go: downloading' "$log" >&2
	fail "the build failed for the reasons above"
}

CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags "-s -w $version" -o "$out/build/ringmaster-images" ./cmd/ringmaster-images
"$out/build/ringmaster-images" --out "$out" --coordinator bin/ringmaster --worker "$out/build/ringmaster-worker" \
	--torch "$libtorch_dir" --gpu-torch "${TORCH:-}" --prefix "${PREFIX:-}" "${files[@]}"
