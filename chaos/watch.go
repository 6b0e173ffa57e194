//go:build linux

package chaos

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"ringmaster/run/directory"
)

// watch follows the log of committed steps while it is written.
type watch struct {
	path   string
	read   int64 // bytes of whole lines taken so far
	events []directory.Event
	// backs are how many steps were taken back, each time that some were.
	backs []int
}

// errCut: the log does not go on where it was left.
var errCut = errors.New("the log was truncated")

// look takes what was added since. A log that was cut, since the run went on from an
// earlier step, is taken anew.
func (w *watch) look() error {
	f, err := os.Open(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	err = w.take(f)
	if !errors.Is(err, errCut) {
		return err
	}
	// One that was emptied is put right by whoever resumes the run: until then what it held
	// is not forgotten.
	if info, err := f.Stat(); err != nil || info.Size() == 0 {
		return err
	}
	had := w.events
	w.read, w.events = 0, nil
	if err := w.take(f); err != nil {
		return err
	}
	for i := range min(len(had), len(w.events)) {
		if w.events[i].Lost { // as the log says since it was lost itself
			w.events[i] = had[i]
		}
	}
	same := 0 // steps that were committed before and still are
	for same < min(len(had), len(w.events)) && had[same].Time.Equal(w.events[same].Time) {
		same++
	}
	if same < len(had) {
		w.backs = append(w.backs, len(had)-same)
	}
	return nil
}

func (w *watch) take(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < w.read {
		return errCut
	}
	text, err := io.ReadAll(io.NewSectionReader(f, w.read, info.Size()-w.read))
	if err != nil {
		return err
	}
	for {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole {
			return nil
		}
		var e directory.Event
		if err := json.Unmarshal(line, &e); err != nil {
			return errors.Join(errCut, fmt.Errorf("%s: line %d: %w", w.path, len(w.events)+1, err))
		}
		if n := len(w.events); n > 0 && e.Step != w.events[n-1].Step+1 && w.read > 0 {
			return errors.Join(errCut, fmt.Errorf("%s: step %d after step %d", w.path, e.Step, w.events[n-1].Step))
		}
		w.events = append(w.events, e)
		w.read += int64(len(line)) + 1
		text = rest
	}
}

// steps is how many are committed.
func (w *watch) steps() int { return len(w.events) }

// last is the last committed step; it is zero before the first.
func (w *watch) last() directory.Event {
	if len(w.events) == 0 {
		return directory.Event{}
	}
	return w.events[len(w.events)-1]
}

// since is how many steps were committed after a moment.
func (w *watch) since(t time.Time) int {
	n := 0
	for n < len(w.events) && w.events[len(w.events)-1-n].Time.After(t) {
		n++
	}
	return n
}

// commits are the moments of commitment after one before t.
func (w *watch) commits(t time.Time) []time.Time {
	var all []time.Time
	for _, e := range w.events[len(w.events)-w.since(t):] {
		all = append(all, e.Time)
	}
	return all
}
