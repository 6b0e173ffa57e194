package metrics

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Report is what metrics.json holds: every task's scores, in the run's order of tasks.
//
// As JSON it is one object, keyed by task and then by part:
//
//	{"empathy": {"valid": {"precision": …, …}, "test": {…}}, "sentiment": {…}}
//
// A part that was not scored is absent.
type Report []TaskScores

// TaskScores are one task's scores; a nil part was not scored.
type TaskScores struct {
	Task  string  `json:"-"`
	Valid *Scores `json:"valid,omitempty"`
	Test  *Scores `json:"test,omitempty"`
}

// Task finds a task's scores.
func (r Report) Task(name string) (TaskScores, bool) {
	for _, t := range r {
		if t.Task == name {
			return t, true
		}
	}
	return TaskScores{}, false
}

// MarshalJSON keeps the order of the tasks, which a Go map would not.
func (r Report) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, t := range r {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(t.Task)
		if err != nil {
			return nil, fmt.Errorf("task %q: %w", t.Task, err)
		}
		value, err := json.Marshal(t)
		if err != nil {
			return nil, fmt.Errorf("task %q: %w", t.Task, err)
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads tasks in the order they stand.
func (r *Report) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	open, err := dec.Token()
	if err != nil {
		return err
	}
	if open != json.Delim('{') {
		return fmt.Errorf("metrics: expected an object of tasks, found %v", open)
	}
	report := Report{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		var t TaskScores
		if err := dec.Decode(&t); err != nil {
			return fmt.Errorf("metrics: task %q: %w", key, err)
		}
		t.Task, _ = key.(string) // an object's keys are strings; the decoder has checked
		report = append(report, t)
	}
	*r = report
	return nil
}
