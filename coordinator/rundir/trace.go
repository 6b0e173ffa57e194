package rundir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// Trace writes trace.json in the Trace Event Format, which chrome://tracing and
// Perfetto show: a process per rank, a row per kind of work in it. The file is a whole
// JSON array once it is closed; before, also after a crash, both viewers read what is
// there. Times are those of each worker's own clock.
type Trace struct {
	file  *os.File
	empty bool
	rows  map[int]map[string]int // by rank, the rows' numbers
}

// TraceSpan is one bar. Began is in microseconds of Unix time, Micros its length.
type TraceSpan struct {
	Row    string
	Name   string
	Began  int64
	Micros int64
}

// traceEvent is an entry of the format.
type traceEvent struct {
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Phase    string         `json:"ph"` // X: a bar; M: a name
	Time     int64          `json:"ts"`
	Duration int64          `json:"dur"`
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	Args     map[string]any `json:"args,omitempty"`
}

// NewTrace begins the run's trace, in place of an older one. The caller closes it.
func (d *Dir) NewTrace() (*Trace, error) {
	file, err := os.Create(d.Trace())
	if err != nil {
		return nil, fmt.Errorf("rundir: %w", err)
	}
	t := &Trace{file: file, empty: true, rows: map[int]map[string]int{}}
	if _, err := file.WriteString("["); err != nil {
		return nil, errors.Join(fmt.Errorf("rundir: cannot write %s: %w", file.Name(), err), file.Close())
	}
	return t, nil
}

// Step adds a rank's bars of one step of a stage.
func (t *Trace) Step(rank int, worker, stage string, step int, spans []TraceSpan) error {
	var events []traceEvent
	if t.rows[rank] == nil {
		t.rows[rank] = map[string]int{}
		events = append(events, traceEvent{Name: "process_name", Phase: "M", Process: rank,
			Args: map[string]any{"name": fmt.Sprintf("rank %d, %s", rank, worker)}})
	}
	for _, s := range spans {
		row, known := t.rows[rank][s.Row]
		if !known {
			row = len(t.rows[rank])
			t.rows[rank][s.Row] = row
			events = append(events, traceEvent{Name: "thread_name", Phase: "M", Process: rank, Thread: row,
				Args: map[string]any{"name": s.Row}})
		}
		events = append(events, traceEvent{Name: s.Name, Category: stage, Phase: "X", Time: s.Began, Duration: s.Micros,
			Process: rank, Thread: row, Args: map[string]any{"stage": stage, "step": step}})
	}
	return t.write(events)
}

func (t *Trace) write(events []traceEvent) error {
	var text bytes.Buffer
	for _, e := range events {
		line, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("rundir: %s: %w", t.file.Name(), err)
		}
		if !t.empty {
			text.WriteByte(',')
		}
		t.empty = false
		text.WriteByte('\n')
		text.Write(line)
	}
	if _, err := t.file.Write(text.Bytes()); err != nil {
		return fmt.Errorf("rundir: cannot write %s: %w", t.file.Name(), err)
	}
	return nil
}

// Close ends the array. Closing nil does nothing.
func (t *Trace) Close() error {
	if t == nil {
		return nil
	}
	_, err := t.file.WriteString("\n]\n")
	if err := errors.Join(err, t.file.Close()); err != nil {
		return fmt.Errorf("rundir: cannot write %s: %w", t.file.Name(), err)
	}
	return nil
}
