package affinity

import (
	"io/fs"
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
)

// MemoryLimit is how many bytes the control groups of this process leave it, as containers are given it
// (docker --memory, a Kubernetes limit); limited is false where no group has a limit. root is as for
// [Quota].
func MemoryLimit(root fs.FS) (bytes int64, limited bool) {
	least := smallest(root, "memory", func(v version, dir string) float64 {
		name := "memory.max" // a number, or "max"
		if v == v1 {
			name = "memory.limit_in_bytes" // without a limit the largest number of pages
		}
		n, err := strconv.ParseInt(content(root, path.Join(dir, name)), 10, 64)
		if err != nil || n <= 0 || n >= math.MaxInt64&^0xffff {
			return math.Inf(1)
		}
		return float64(n)
	})
	if math.IsInf(least, 1) {
		return 0, false
	}
	return int64(least), true
}

// goShare is how much of the limit Go's heap may take before memory is collected more eagerly; the
// rest is for what Go does not count.
const goShare = 0.9

// LimitGoMemory has this program's Go code collect its garbage before its control group's limit is
// reached, where the kernel would kill it. GOMEMLIMIT in the environment stands above it.
func LimitGoMemory() {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	if limit, limited := MemoryLimit(os.DirFS("/")); limited {
		debug.SetMemoryLimit(int64(float64(limit) * goShare))
	}
}
