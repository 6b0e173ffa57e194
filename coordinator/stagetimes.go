package coordinator

import (
	"time"

	"ringmaster/coordinator/progress"
)

// stageTimes measures how long the stages took.
type stageTimes struct {
	begun map[int]bool // by index
	since time.Time    // of the stage under way
	all   []progress.StageTime
}

// begin says whether a stage begins for the first time.
func (t *stageTimes) begin(index int) bool {
	if t.begun[index] {
		return false
	}
	if t.begun == nil {
		t.begun = map[int]bool{}
	}
	t.begun[index] = true
	t.since = time.Now()
	return true
}

func (t *stageTimes) end(name string) {
	t.all = append(t.all, progress.StageTime{Name: name, Took: time.Since(t.since)})
}
