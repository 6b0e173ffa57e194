package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"ringmaster/durable"
	"ringmaster/run/bucket"
	"ringmaster/run/directory"
)

// underWay is the file that marks a run directory which is being restored.
const underWay = "restoring"

// Restore brings the run from the bucket into its directory, where that has no run; restored says
// whether it did. A restore that was cut goes on, and one that nobody has taken over (Restored) is
// done again.
func (m *Mirror) Restore(ctx context.Context, progress func(here, all int64)) (restored bool, err error) {
	mark := filepath.Join(string(m.dir), underWay)
	_, cut := os.Lstat(mark)
	holds, err := m.dir.HoldsRun()
	if err != nil || holds && cut != nil {
		return false, err
	}
	objects, err := m.store.List(ctx, m.at)
	if err != nil {
		return false, err
	}
	objects = m.wanted(objects)
	if len(objects) == 0 {
		return false, nil
	}
	if err := os.MkdirAll(string(m.dir), 0o700); err != nil {
		return false, fmt.Errorf("cannot make the run directory: %w", err)
	}
	if err := durable.WriteFile(mark, 0o600, func(w io.Writer) error { _, err := fmt.Fprintln(w, m.at); return err }); err != nil {
		return false, err
	}
	var here, all int64
	for _, o := range objects {
		all += o.Size
	}
	if cut != nil { // of one that goes on, each file knows how much it needs still
		if err := durable.NeedRoom(string(m.dir), all); err != nil {
			return false, fmt.Errorf("cannot restore %s: %w", m.at, err)
		}
	}
	step := func(n int64) { here += n; progress(min(here, all), all) }
	for _, o := range objects {
		if err := m.bring(ctx, o, step); err != nil {
			return false, fmt.Errorf("cannot restore the run: %w", err)
		}
	}
	return true, nil
}

// Restored says that what Restore brought has been taken over.
func (m *Mirror) Restored() error { return os.Remove(filepath.Join(string(m.dir), underWay)) }

// wanted are the objects of a run that belong on the disk: of checkpoints the whole ones.
func (m *Mirror) wanted(objects []bucket.Object) (wanted []bucket.Object) {
	whole := map[string]bool{}
	for _, o := range objects {
		if dir, base := path.Split(m.name(o)); base == directory.ChecksumsFile {
			whole[dir] = true
		}
	}
	top := map[string]bool{}
	for _, at := range m.dir.Shared() {
		top[filepath.Base(at)] = true
	}
	for _, o := range objects {
		name := m.name(o)
		dir, base := path.Split(name)
		folder, _, below := strings.Cut(name, "/")
		plain := filepath.IsLocal(filepath.FromSlash(name)) && path.Clean(name) == name && !strings.HasPrefix(base, durable.Prefix) && !strings.HasSuffix(base, durable.PartSuffix)
		switch {
		case !plain:
		case !below && top[name], below && (folder == modelDir || folder == teachersDir), below && folder == checkpointsDir && whole[dir]:
			wanted = append(wanted, o)
		}
	}
	return wanted
}

func (m *Mirror) name(o bucket.Object) string { return strings.TrimPrefix(o.At.Key, m.at.Key+"/") }

// bring brings an object to its place: a teacher to where runs keep them, its logits there too.
func (m *Mirror) bring(ctx context.Context, o bucket.Object, progress func(int64)) error {
	name := m.name(o)
	place := filepath.Join(string(m.dir), filepath.FromSlash(name))
	folder, rest, _ := strings.Cut(name, "/")
	inTeacher := folder == teachersDir && strings.Contains(rest, "/")
	if inTeacher {
		place = filepath.Join(m.teachers, filepath.FromSlash(rest))
	}
	if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
		return err
	}
	o, err := m.store.Stat(ctx, o.At)
	if err != nil {
		return err
	}
	if sum, err := durable.Sum(place); err == nil && sum.SHA256 == o.SHA256 {
		progress(o.Size)
	} else if err := m.store.Get(ctx, o, place, progress); err != nil {
		return err
	}
	if folder != teachersDir || inTeacher {
		return nil
	}
	shared := filepath.Join(m.teachers, rest)
	if _, err := os.Lstat(shared); !errors.Is(err, fs.ErrNotExist) {
		return err // another run's logits of the same teacher
	}
	if err := os.MkdirAll(m.teachers, 0o755); err != nil {
		return err
	}
	return durable.LinkFile(place, shared)
}
