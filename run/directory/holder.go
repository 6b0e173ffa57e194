package directory

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Holder is what RUN_DIR/lock says of the process that runs the run, or did last.
type Holder struct {
	PID  int // 0 where the file does not say
	Host string
	// Here: the process is, or was, on this machine. Only then Running is known: the process
	// lives and holds the lock.
	Here, Running bool
}

// Holder reads who holds the run directory. It takes no lock, not even for a moment: a
// coordinator that starts just then would be refused.
func (l Layout) Holder() (h Holder, err error) {
	raw, err := os.ReadFile(l.lock())
	if errors.Is(err, fs.ErrNotExist) {
		return Holder{Here: true}, nil
	}
	if err != nil {
		return h, fmt.Errorf("run directory: %w", err)
	}
	if _, err := fmt.Sscanf(string(raw), signature, &h.PID, &h.Host); err != nil {
		h = Holder{} // an older release, or somebody else, wrote it
	}
	own, err := os.Hostname()
	if err != nil {
		return h, err
	}
	if h.Here = h.Host == "" || h.Host == own; !h.Here {
		return h, nil
	}
	h.Running, err = flocked(l.lock(), h.PID)
	return h, err
}

// locksFile lists the locks of all files of this machine.
const locksFile = "/proc/locks"

// flocked says whether a process of this machine holds the lock (flock) of a file.
func flocked(path string, pid int) (bool, error) {
	info, err := os.Stat(path)
	if err != nil {
		return false, fmt.Errorf("run directory: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false, fmt.Errorf("run directory: %s: its inode is not known", path)
	}
	locks, err := os.Open(locksFile)
	if err != nil {
		return false, fmt.Errorf("cannot tell whether %s is locked: %w", path, err)
	}
	defer locks.Close() // opened for reading only
	// 1: FLOCK  ADVISORY  WRITE 1234 08:01:56789 0 EOF
	process, inode := strconv.Itoa(pid), fmt.Sprintf(":%d", stat.Ino)
	lines := bufio.NewScanner(locks)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		// File systems in layers (overlay, btrfs) show another device here than stat does, so the
		// inode is compared without it.
		if len(fields) > 5 && fields[1] == "FLOCK" && fields[4] == process && strings.HasSuffix(fields[5], inode) {
			return true, nil
		}
	}
	return false, lines.Err()
}
