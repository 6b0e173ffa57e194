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
	"sync"
	"time"

	"ringmaster/config"
	"ringmaster/durable"
	"ringmaster/run/bucket"
	"ringmaster/run/directory"
)

// Options say what is copied, and where.
type Options struct {
	Store *bucket.Store
	// At is the folder of the bucket that is the run's.
	At config.S3Address
	// Dir is the run directory, Teachers the folder in which runs keep the teachers they train.
	Dir      directory.Layout
	Teachers string
	// Notify hears what a person should know, in a line. It must be set.
	Notify func(format string, args ...any)
}

// Mirror copies a run to a bucket. Its methods but Nudge are for one goroutine at a time.
type Mirror struct {
	store    *bucket.Store
	at       config.S3Address
	dir      directory.Layout
	teachers string
	notify   func(string, ...any)

	there map[string]stamp // what the bucket has, by name; nil before it was looked at

	wake   chan struct{}
	cancel context.CancelFunc
	ended  sync.WaitGroup
}

// stamp tells a file from another that takes its place.
type stamp struct {
	size     int64
	modified time.Time
}

// New speaks of a run's copy; it does nothing yet.
func New(o Options) *Mirror {
	return &Mirror{store: o.Store, at: o.At, dir: o.Dir, teachers: o.Teachers, notify: o.Notify, wake: make(chan struct{}, 1), cancel: func() {}}
}

// String is the address of the copy.
func (m *Mirror) String() string { return m.at.String() }

// Holds says whether the bucket has a run there.
func (m *Mirror) Holds(ctx context.Context) (bool, error) {
	_, err := m.store.Stat(ctx, m.at.Below(filepath.Base(m.dir.RecordLog())))
	if errors.Is(err, bucket.ErrNoObject) {
		return false, nil
	}
	return err == nil, err
}

// retryPause is how long a bucket that could not be written to is left alone.
const retryPause = 20 * time.Second

// Start copies the run, beside what else is done, whenever Nudge says that there is something new,
// until Finish. A bucket that cannot be written to is told of, and tried again.
func (m *Mirror) Start(ctx context.Context) {
	ctx, m.cancel = context.WithCancel(ctx)
	m.ended.Go(func() {
		var again <-chan time.Time
		for {
			select {
			case <-m.wake:
			case <-again:
			case <-ctx.Done():
				return
			}
			err := m.copy(ctx, nil)
			switch {
			case ctx.Err() != nil:
				return
			case err != nil && again == nil:
				m.notify("the run cannot be copied to %s at present, and goes on without: %v", m.at, err)
			case err == nil && again != nil:
				m.notify("the run is copied to %s again", m.at)
			}
			again = nil
			if err != nil {
				again = time.After(retryPause)
			}
		}
	})
}

// Nudge says that there is something new in the run directory.
func (m *Mirror) Nudge() {
	select {
	case m.wake <- struct{}{}:
	default: // it is known
	}
}

// Stop ends what Start began.
func (m *Mirror) Stop() {
	m.cancel()
	m.ended.Wait()
}

// Finish ends what Start began, and copies what is left. progress hears how much of it has gone.
func (m *Mirror) Finish(ctx context.Context, progress func(sent, all int64)) error {
	m.Stop()
	if err := m.copy(ctx, progress); err != nil {
		return fmt.Errorf("%w %s: %w", ErrNotCopied, m.at, err)
	}
	return nil
}

// copy puts what is new into the bucket, and removes what is gone; doc.go says in which order.
func (m *Mirror) copy(ctx context.Context, progress func(sent, all int64)) error {
	if err := m.look(ctx); err != nil {
		return err
	}
	content, checksums, err := m.list()
	if err != nil {
		return err
	}
	var all, sent int64
	for _, f := range content {
		if m.there[f.name] != (stamp{f.size, f.modified}) {
			all += f.size
		}
	}
	step := func(n int64) {
		if sent += n; progress != nil {
			progress(min(sent, all), all)
		}
	}
	if err := m.put(ctx, content, step); err != nil {
		return err
	}
	if err := m.putLogs(ctx); err != nil {
		return err
	}
	if err := m.put(ctx, checksums, nil); err != nil {
		return err
	}
	return m.removeGone(ctx, content, checksums)
}

// look learns what the bucket has already.
func (m *Mirror) look(ctx context.Context) error {
	if m.there != nil {
		return nil
	}
	objects, err := m.store.List(ctx, m.at)
	if err != nil {
		return err
	}
	m.there = map[string]stamp{}
	for _, o := range objects {
		m.there[strings.TrimPrefix(o.At.Key, m.at.Key+"/")] = stamp{size: -1} // of unknown content
	}
	return nil
}

func (m *Mirror) put(ctx context.Context, files []file, progress func(int64)) error {
	for _, f := range files {
		is := stamp{f.size, f.modified}
		if m.there[f.name] == is {
			continue
		}
		err := m.store.Put(ctx, m.at.Below(f.name), f.at, f.size, progress)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, io.ErrUnexpectedEOF) && changed(f) {
			m.Nudge() // a checkpoint that was removed or replaced meanwhile
			continue
		}
		if err != nil {
			return err
		}
		m.there[f.name] = is
	}
	return nil
}

// changed says whether a file is not as it was listed.
func changed(f file) bool {
	info, err := os.Stat(f.at)
	return err != nil || info.Size() != f.size || !info.ModTime().Equal(f.modified)
}

// putLogs puts the record and the logs as they are now: the record no newer than the logs, whose
// steps it must not be ahead of.
func (m *Mirror) putLogs(ctx context.Context) (err error) {
	draft, err := os.MkdirTemp(string(m.dir), durable.Prefix+"logs-*") // swept, should the process be killed
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(draft)) }()
	logs := m.logs()
	for i := range logs {
		at := logs[len(logs)-1-i] // the record first
		err := durable.CopyFile(at, filepath.Join(draft, filepath.Base(at)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, at := range logs {
		copied := filepath.Join(draft, filepath.Base(at))
		info, err := os.Stat(copied)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := m.store.Put(ctx, m.at.Below(filepath.Base(at)), copied, info.Size(), nil); err != nil {
			return err
		}
	}
	return nil
}

// removeGone removes the objects of checkpoints and models that the run directory has no more.
func (m *Mirror) removeGone(ctx context.Context, lists ...[]file) error {
	present := map[string]bool{}
	for _, list := range lists {
		for _, f := range list {
			present[f.name] = true
		}
	}
	gone := func(name string) bool {
		folder, _, below := strings.Cut(name, "/")
		return below && (folder == checkpointsDir || folder == modelDir) && !present[name]
	}
	for _, checksums := range []bool{true, false} { // a checkpoint without them does not count
		for name := range m.there {
			if (path.Base(name) == directory.ChecksumsFile) != checksums || !gone(name) {
				continue
			}
			if err := m.store.Remove(ctx, m.at.Below(name)); err != nil {
				return err
			}
			delete(m.there, name)
		}
	}
	return nil
}
