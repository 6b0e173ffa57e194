#!/usr/bin/env bash
# Installs the headers and CPU libraries of libtorch into the user's cache directory,
# from pinned wheels whose checksums are verified. Nothing outside that directory is
# touched; run again, it does nothing; two at once do no harm.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/paths.sh"

# name==version and SHA-256 of the wheel. libtorch_cpu.so was linked against two small
# CUDA libraries, which therefore come along to a machine without a GPU as well.
wheels=(
	"torch==$libtorch_version 7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a"
	"nvidia-cuda-cupti==13.0.85 4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8"
	"nvidia-cuda-runtime==13.0.96 7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548"
)
kept=(
	'torch/include/*'
	torch/lib/libtorch_cpu.so torch/lib/libc10.so torch/lib/libgomp.so.1
	nvidia/cu13/lib/libcupti.so.13 nvidia/cu13/lib/libcudart.so.13
)
stubs=(torch torch_cuda c10_cuda cuda cudart cublas cudnn caffe2_nvrtc nvrtc-builtins nvrtc nvToolsExt)
needed_mb=1700 # the wheels (530), pip's copy of them while it downloads (530), what is unpacked (500)

stamp=$(printf '%s\n' "layout 1" "${wheels[@]}")

installed() {
	local file
	[[ -e $libtorch_dir/stamp && $(<"$libtorch_dir/stamp") == "$stamp" ]] || return
	for file in "${kept[@]:1}" torch/include/torch/csrc/api/include/torch/torch.h stubs/libtorch.a; do
		[[ -s $libtorch_dir/$file ]] || return
	done
	cmp -s "$header" "$installed_header"
}

disk_full() {
	fail "the disk of $cache is full ($(free_mb) MB free, about $needed_mb MB needed): free some space or set XDG_CACHE_HOME to a directory on a larger disk, then run this again"
}
free_mb() { df -Pm "$cache" | awk 'NR == 2 { print $4 }'; }

# last_error TEXT prints the last line of a program's words that says what went wrong.
last_error() { grep -E '^ERROR|Error' <<<"$1" | tail -n 1 || tail -n 1 <<<"$1"; }

download() {
	local names=() wheel errors reason
	for wheel in "${wheels[@]}"; do names+=("${wheel% *}"); done
	echo "downloading libtorch $libtorch_version (545 MB, once per user)"
	# Any Python will do: the wheels are unpacked, never installed. TMPDIR, because /tmp may be
	# small. Errors go to a variable, because a file for them may find the disk full.
	errors=$(TMPDIR=$temporary python3 -m pip download --disable-pip-version-check --no-deps --no-cache-dir \
		--only-binary=:all: --python-version 3.11 --retries 3 --timeout 30 \
		--platform manylinux_2_28_x86_64 --platform manylinux_2_25_x86_64 --platform manylinux2014_x86_64 \
		-d "$temporary/wheels" "${names[@]}" </dev/null 2>&1 >&"$terminal") && return
	if grep -q 'No space left' <<<"$errors"; then disk_full; fi
	# pip's last line speaks of a missing version even where nothing answered; its warnings tell why.
	reason=$(grep -oE '\[Errno -?[0-9]+\] [A-Za-z ]+|[a-z ]*timed out|certificate verify failed' <<<"$errors" | tail -n 1) || true
	if [[ -n $reason ]]; then
		fail "the package index did not answer pip ($reason; $(last_error "$errors")): check the network and pip's index settings (pip config list), then run this again"
	fi
	fail "pip could not download libtorch ($(last_error "$errors")): check the network and pip's index settings (pip config list), then run this again"
}

verify() {
	local wheel name want file got
	for wheel in "${wheels[@]}"; do
		name=${wheel%%==*} want=${wheel#* }
		file=$(echo "$temporary/wheels/${name//-/_}"-*.whl)
		[[ -e $file ]] || fail "pip reported success but downloaded no wheel of ${wheel% *}: run this again; if the problem persists, with a newer pip"
		got=$(sha256sum <"$file")
		got=${got%% *}
		[[ $got == "$want" ]] && continue
		rm -f "$file"
		fail "the checksum of ${file##*/} is $got, but must be $want, so the file was deleted: run this again; if the problem persists, your package index serves a different file than the pinned one"
	done
}

unpack() {
	local stub errors
	echo "unpacking into $libtorch_dir"
	if ! errors=$(python3 "$root/setup/unpack_wheels.py" "$temporary/new" "${kept[@]}" -- "$temporary"/wheels/*.whl 2>&1); then
		if grep -q 'No space left' <<<"$errors"; then disk_full; fi
		fail "could not unpack libtorch ($(tail -n 1 <<<"$errors")): run this again"
	fi
	rm -r "$temporary/wheels"
	mkdir "$temporary/new/stubs"
	for stub in "${stubs[@]}"; do
		echo '!<arch>' >"$temporary/new/stubs/lib$stub.a" || disk_full # an archive without members
	done
}

install_header() {
	mkdir -p "${installed_header%/*}"
	cp "$header" "$installed_header.$$" || disk_full
	mv "$installed_header.$$" "$installed_header"
}

exec {terminal}>&1
installed && exit

mkdir -p "$cache" 2>/dev/null || fail "cannot create $cache: make it writable or set XDG_CACHE_HOME to a directory that is"
exec {lock}>"$cache/libtorch.lock" || fail "cannot write in $cache: make it writable or set XDG_CACHE_HOME to a directory that is"
if ! flock --nonblock "$lock"; then
	echo "waiting for another set-up that is installing libtorch"
	flock "$lock"
fi
# Whoever held the lock may have done the work, and the header's name depends on it.
. "$root/setup/paths.sh"
installed && exit

if [[ -e $libtorch_dir/stamp && $(<"$libtorch_dir/stamp") == "$stamp" && -s $libtorch_dir/torch/lib/libtorch_cpu.so ]]; then
	install_header
	installed && exit
fi

"$root/setup/prerequisites.sh"
rm -rf "$libtorch_dir".tmp.* # of a set-up that was killed; the lock says none is running
temporary=$libtorch_dir.tmp.$$
trap 'rm -rf "$temporary"' EXIT
mkdir "$temporary"
(($(free_mb) >= needed_mb)) || disk_full
download
verify
unpack

# Only now does anything appear under the name that compilers and programs look for.
[[ ! -e $libtorch_dir ]] || mv "$libtorch_dir" "$temporary/old"
mkdir "$temporary/new/compat"
cp "$header" "$temporary/new/compat/" || disk_full
echo "$stamp" >"$temporary/new/stamp" || disk_full
mv "$temporary/new" "$libtorch_dir"
echo "libtorch $libtorch_version is in $libtorch_dir"
