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

	"ringmaster/coordinator/rundir"
)

// watch follows the log of committed steps while it is written.
type watch struct {
	path   string
	read   int64 // bytes of whole lines taken so far
	events []rundir.Event
}

// look takes what was added since. A log that was cut back, as by a run that went on from
// a checkpoint, is taken anew.
func (w *watch) look() error {
	f, err := os.Open(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < w.read {
		w.read, w.events = 0, nil
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
		var e rundir.Event
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("%s: line %d: %w", w.path, len(w.events)+1, err)
		}
		w.events = append(w.events, e)
		w.read += int64(len(line)) + 1
		text = rest
	}
}

// steps is how many are committed.
func (w *watch) steps() int { return len(w.events) }

// last is the last committed step; it is zero before the first.
func (w *watch) last() rundir.Event {
	if len(w.events) == 0 {
		return rundir.Event{}
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
