package gpus

import (
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// VisibleEnv is the variable by which CUDA is told which GPUs to show.
const VisibleEnv = "CUDA_VISIBLE_DEVICES"

// Visible is the number of GPUs that a child of this process would see.
func Visible() int { return visible(os.DirFS("/dev"), os.LookupEnv) }

var device = regexp.MustCompile(`^nvidia[0-9]+$`)

// visible counts the driver's device files, of which a container has only its own.
func visible(dev fs.FS, env func(string) (string, bool)) int {
	entries, err := fs.ReadDir(dev, ".")
	if err != nil {
		return 0 // no such folder: not a machine with an NVIDIA driver
	}
	n := 0
	for _, e := range entries {
		if device.MatchString(e.Name()) {
			n++
		}
	}
	shown, set := env(VisibleEnv)
	if !set {
		return n
	}
	// CUDA takes the list up to its first entry that names no GPU. Other names than numbers
	// (GPU-…, MIG-…) are taken to be right.
	listed := 0
	for name := range strings.SplitSeq(shown, ",") {
		name = strings.TrimSpace(name)
		if i, err := strconv.Atoi(name); name == "" || err == nil && (i < 0 || i >= n) {
			break
		}
		listed++
	}
	return min(n, listed)
}
