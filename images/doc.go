// Package images builds Ringmaster's container images without a container engine:
//
//	ringmaster-coordinator   from scratch: the static program `ringmaster`, CA certificates, the sample
//	ringmaster-worker        a Debian without a shell: `ringmaster-worker` and the libraries that it loads
//
// An image is a few lists of files ([Layer]), a configuration and labels. It is written as a
// docker-archive, which docker, podman, containerd, kind and registries' clients read:
//
//	set := images.Set{Version: "0.1.0", Commit: "1a2b3c4d5e6f", Date: date, CoordinatorProgram: "bin/ringmaster", …}
//	img, err := set.Coordinator()
//	written, err := img.Write("bin/images/ringmaster-coordinator.tar")
//
// # Promises
//
//   - The same programs, Debian packages and libraries give the same bytes: files are sorted, belong to
//     root, and carry the commit's date.
//   - Of Debian and of torch an image has only the shared libraries that its program loads, found as the
//     dynamic loader finds them ([Layer] pool, DT_NEEDED and DT_RUNPATH), plus licences.
//   - Every image has a software bill of materials (CycloneDX) of all that was put into it, inside the
//     image and beside its archive.
//
// Debian packages are opened with dpkg-deb. Everything else is Go.
package images
