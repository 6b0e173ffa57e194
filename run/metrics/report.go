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
	return object(r, func(t TaskScores) string { return t.Task })
}

// UnmarshalJSON reads tasks in the order they stand.
func (r *Report) UnmarshalJSON(data []byte) error {
	list, err := readObject(data, func(t *TaskScores, name string) { t.Task = name })
	*r = list
	return err
}

// object writes a list as one JSON object, keyed by name, in the list's order.
func object[T any](list []T, name func(T) string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, x := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(name(x))
		if err != nil {
			return nil, fmt.Errorf("metrics of %q: %w", name(x), err)
		}
		value, err := json.Marshal(x)
		if err != nil {
			return nil, fmt.Errorf("metrics of %q: %w", name(x), err)
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// readObject reads what object wrote.
func readObject[T any](data []byte, setName func(*T, string)) ([]T, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	open, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if open != json.Delim('{') {
		return nil, fmt.Errorf("metrics: expected an object of tasks, found %v", open)
	}
	list := []T{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var x T
		if err := dec.Decode(&x); err != nil {
			return nil, fmt.Errorf("metrics: task %q: %w", key, err)
		}
		name, _ := key.(string) // an object's keys are strings; the decoder has checked
		setName(&x, name)
		list = append(list, x)
	}
	return list, nil
}
