package coordinator

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"ringmaster/coordinator/core"
	"ringmaster/run/directory"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// A worker says by itself what it has to hand over, and where. What it says is believed as
// far as it can be true: of a size that follows from the model it was given, and, where it
// lies on this machine, in a folder that a worker of this user made.
const (
	// mostFiles is how many files a model or a part of a state has at most.
	mostFiles = 64
	// growth is how many times as large as the stage's first model a model, or a whole state
	// in float32 with its optimiser's and what rounding lost, may be; added is for new heads.
	growth, added = 8, 256 << 20
)

// expected says whether a worker may hand so much over in the current stage.
func (r *coordinator) expected(folder transfer.Folder) error {
	bytes := int64(added)
	for _, file := range r.begin.Folder.Files {
		bytes += growth * file.Size
	}
	return folder.Within(mostFiles, bytes)
}

// takeFolder adds a worker's files: taken over where they lie on this machine, fetched from
// it elsewhere.
func (r *coordinator) takeFolder(ctx context.Context, w *directory.CheckpointWriter, from core.WorkerID, folder transfer.Folder, place string) error {
	dir := folder.Path
	if !liesHere(folder) {
		dir = place
		err := transfer.Fetch(ctx, r.nc.Conn, protocol.WorkerFilesSubject(r.opts.Name, string(from)), folder, place)
		if err != nil {
			return fmt.Errorf("from worker %s: %w", from, err)
		}
	}
	for _, file := range folder.Files {
		if err := w.Take(filepath.Join(dir, file.Name), file.SHA256); err != nil {
			return fmt.Errorf("from worker %s: %w", from, err)
		}
	}
	return nil
}

// liesHere says whether a folder's files lie on this machine, where a worker of this user
// keeps its own: regular files of the sizes that it says. Nothing is opened, no link followed.
func liesHere(folder transfer.Folder) bool {
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
