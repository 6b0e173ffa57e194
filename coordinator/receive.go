package coordinator

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// onThisMachine says whether a folder's files are on this machine, in the temporary folder of a
// worker of this user: regular files of the sizes given. Nothing is opened, no link followed.
func onThisMachine(folder transfer.Folder) bool {
	if !ownScratch(folder.Path) {
		return false
	}
	for _, file := range folder.Files {
		info, err := os.Lstat(filepath.Join(folder.Path, file.Name))
		if err != nil || file.Name != filepath.Base(file.Name) || !info.Mode().IsRegular() || info.Size() != file.Size {
			return false
		}
	}
	return true
}

// ownScratch says whether a path leads, without links, through a worker's temporary folder
// that belongs to this user.
func ownScratch(path string) bool {
	if !filepath.IsAbs(path) || filepath.Clean(path) != path {
		return false
	}
	inside := false
	for at := path; at != filepath.Dir(at); at = filepath.Dir(at) {
		info, err := os.Lstat(at)
		if err != nil || !info.IsDir() {
			return false
		}
		if strings.HasPrefix(filepath.Base(at), protocol.ScratchPrefix) {
			inside = ownedByUs(info)
			break
		}
	}
	return inside
}

func ownedByUs(info fs.FileInfo) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(owner.Uid) == os.Geteuid()
}
