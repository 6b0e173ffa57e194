//go:build linux

package chaos

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// processes are those whose home is the desk's, by what the kernel tells of them.
func (d *desk) processes() (map[int]string, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	found := map[int]string{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		// A process that ends meanwhile, or is another user's, cannot be read.
		environ, err := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if err != nil || !strings.Contains(string(environ), "HOME="+d.at("home")+"\x00") {
			continue
		}
		command, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		found[pid] = strings.ReplaceAll(strings.TrimRight(string(command), "\x00"), "\x00", " ")
	}
	return found, nil
}

// listeners are the TCP sockets of this machine that accept connections: address by inode.
func listeners() (map[string]string, error) {
	found := map[string]string{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(table)
		if err != nil {
			continue // a machine without IPv6
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			// sl local rem st tx:rx tr:when retrnsmt uid timeout inode
			const listen = "0A"
			if fields := strings.Fields(lines.Text()); len(fields) > 9 && fields[3] == listen {
				found[fields[9]] = fields[1]
			}
		}
		if err := lines.Err(); err != nil {
			return nil, err
		}
		f.Close()
	}
	return found, nil
}

// listenersOf are those of listeners that a process holds.
func listenersOf(pid int, all map[string]string) map[string]string {
	held := map[string]string{}
	folder := fmt.Sprintf("/proc/%d/fd", pid)
	descriptors, err := os.ReadDir(folder)
	if err != nil {
		return held // it has ended
	}
	for _, d := range descriptors {
		to, err := os.Readlink(filepath.Join(folder, d.Name()))
		if err != nil {
			continue
		}
		inode := strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")
		if address, listens := all[inode]; listens {
			held[inode] = address
		}
	}
	return held
}

// unfinished are files and folders that nobody will finish: in the temporary folder, and
// below the home and the runs what has a name that begins with a dot, as all that is under
// way does.
func (d *desk) unfinished() ([]string, error) {
	var found []string
	temporary, err := os.ReadDir(d.at("tmp"))
	if err != nil {
		return nil, err
	}
	for _, e := range temporary {
		found = append(found, filepath.Join("tmp", e.Name()))
	}
	for _, below := range []string{"home", "runs"} {
		err := filepath.WalkDir(d.at(below), func(path string, e fs.DirEntry, err error) error {
			if err != nil || !strings.HasPrefix(e.Name(), ".") {
				return err
			}
			name, err := filepath.Rel(d.dir, path)
			found = append(found, name)
			if e.IsDir() && err == nil {
				return fs.SkipDir
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}
