package directory

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Trace writes trace.json in the Trace Event Format, which chrome://tracing and
// Perfetto show: a process per rank, a row per kind of work in it. The file is a whole
// JSON array once it is closed; before, also after a crash, both viewers read what is
// there. Times are those of each worker's own clock. Steps that were taken back and done
// again are there twice: it tells where time went.
type Trace struct {
	file  *os.File
	empty bool
	rows  map[int]map[string]int // by rank, the rows' numbers
	named map[int]string         // by rank, the process's name
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

// NewTrace begins the run's trace, or goes on with the one of a run that is resumed, behind
// its last whole line. The caller closes it.
func (d *Dir) NewTrace() (*Trace, error) {
	file, err := os.OpenFile(d.Trace(), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("run directory: %w", err)
	}
	t := &Trace{file: file, empty: true, rows: map[int]map[string]int{}, named: map[int]string{}}
	end, err := t.takeUp()
	if err == nil {
		err = file.Truncate(end)
	}
	if err == nil {
		_, err = file.Seek(end, io.SeekStart)
	}
	if err == nil && end == 0 {
		_, err = file.WriteString("[")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot write %s: %w", file.Name(), err), file.Close())
	}
	return t, nil
}

// takeUp reads the rows that a trace has already, and finds where its last whole event
// ends; 0 where there is none, or the file is not a trace.
func (t *Trace) takeUp() (end int64, err error) {
	r := bufio.NewReader(t.file)
	var at int64
	for {
		line, err := r.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		event := bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{','})
		var e traceEvent
		switch {
		case at == 0 && string(event) == "[":
		case at > 0 && json.Unmarshal(event, &e) == nil:
			t.know(e)
			t.empty = false
			end = at + int64(len(event))
		default: // the end of the array, or of what was written
			return end, nil
		}
		at += int64(len(line))
		if err != nil {
			return end, nil
		}
	}
}

// know takes the number of a row.
func (t *Trace) know(e traceEvent) {
	name, _ := e.Args["name"].(string)
	if e.Phase != "M" || e.Name != "thread_name" {
		return
	}
	if t.rows[e.Process] == nil {
		t.rows[e.Process] = map[string]int{}
	}
	t.rows[e.Process][name] = e.Thread
}

// Step adds a rank's bars of one step of a stage.
func (t *Trace) Step(rank int, worker, stage string, step int, spans []TraceSpan) error {
	var events []traceEvent
	if t.rows[rank] == nil {
		t.rows[rank] = map[string]int{}
	}
	if name := fmt.Sprintf("rank %d, %s", rank, worker); t.named[rank] != name { // new, or another worker now
		t.named[rank] = name
		events = append(events, traceEvent{Name: "process_name", Phase: "M", Process: rank, Args: map[string]any{"name": name}})
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
			return fmt.Errorf("%s: %w", t.file.Name(), err)
		}
		if !t.empty {
			text.WriteByte(',')
		}
		t.empty = false
		text.WriteByte('\n')
		text.Write(line)
	}
	if _, err := t.file.Write(text.Bytes()); err != nil {
		return fmt.Errorf("cannot write %s: %w", t.file.Name(), err)
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
		return fmt.Errorf("cannot write %s: %w", t.file.Name(), err)
	}
	return nil
}
