package cachedir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Env is the environment variable that names the folder.
const Env = "RINGMASTER_CACHE"

// ErrCache: no folder can be used.
var ErrCache = errors.New("no cache directory")

// Dir is the folder: Env's, or ringmaster in the user's cache directory. A user without a home,
// as in a container, has one in the folder for temporary files, which others cannot write to.
func Dir() (string, error) {
	if dir := os.Getenv(Env); dir != "" {
		return filepath.Abs(dir)
	}
	if dir, err := os.UserCacheDir(); err == nil && usable(dir) {
		return filepath.Join(dir, "ringmaster"), nil
	}
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("ringmaster-cache-%d", os.Geteuid()))
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("%w: %w: set %s to a folder that this user may write to", ErrCache, err, Env)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCache, err)
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); !info.IsDir() || info.Mode().Perm()&0o022 != 0 || ok && int(owner.Uid) != os.Geteuid() {
		return "", fmt.Errorf("%w: %s is not a folder of this user's alone: set %s to one", ErrCache, dir, Env)
	}
	return dir, nil
}

// usable says whether the user's cache directory is there, or can be made: a container's user may
// be given the home / or one on a read-only disk.
func usable(dir string) bool {
	if err := os.MkdirAll(filepath.Join(dir, "ringmaster"), 0o755); err != nil {
		return false
	}
	return syscall.Access(filepath.Join(dir, "ringmaster"), 2) == nil
}
