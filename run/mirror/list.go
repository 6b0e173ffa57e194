package mirror

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ringmaster/durable"
	"ringmaster/run/directory"
)

// file is a file of the run and its name in the bucket, below the run's address.
type file struct {
	name, at string
	size     int64
	modified time.Time
}

// Names of what a run directory has, in the bucket too.
const (
	checkpointsDir = "checkpoints"
	modelDir       = "model"
	teachersDir    = "teachers"
)

// logCount is how many of a run directory's files grow: the last of those that are shared.
const logCount = 3

// documents are the files at the top of a run directory that are copied whole.
func (m *Mirror) documents() []string { all := m.dir.Shared(); return all[:len(all)-logCount] }

// logs are the files that grow, the record last.
func (m *Mirror) logs() []string { all := m.dir.Shared(); return all[len(all)-logCount:] }

// list lists the files that are copied, but for the logs.
func (m *Mirror) list() (content, checksums []file, err error) {
	for _, at := range m.documents() {
		if content, err = add(content, filepath.Base(at), at); err != nil {
			return nil, nil, err
		}
	}
	folders := map[string]string{modelDir: m.dir.Model(), teachersDir: m.dir.Teachers()}
	for name, dir := range m.dir.TrainedTeachers() {
		folders[path.Join(teachersDir, name)] = dir
	}
	checkpoints, err := directory.OpenCheckpoints(m.dir.Checkpoints()).List()
	if err != nil {
		return nil, nil, err
	}
	for _, cp := range checkpoints {
		folders[path.Join(checkpointsDir, filepath.Base(cp.Dir))] = cp.Dir
	}
	for name, dir := range folders {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, err
		}
		for _, e := range entries {
			if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), durable.Prefix) || strings.HasSuffix(e.Name(), durable.PartSuffix) {
				continue
			}
			to := &content
			if e.Name() == directory.ChecksumsFile {
				to = &checksums
			}
			if *to, err = add(*to, path.Join(name, e.Name()), filepath.Join(dir, e.Name())); err != nil {
				return nil, nil, err
			}
		}
	}
	byName := func(a, b file) int { return strings.Compare(a.name, b.name) }
	slices.SortFunc(content, byName)
	slices.SortFunc(checksums, byName)
	return content, checksums, nil
}

// add adds a file that is there.
func add(list []file, name, at string) ([]file, error) {
	info, err := os.Stat(at)
	if errors.Is(err, fs.ErrNotExist) {
		return list, nil
	}
	if err != nil {
		return nil, err
	}
	return append(list, file{name, at, info.Size(), info.ModTime()}), nil
}
