package directory

import (
	"errors"
	"io/fs"
	"path/filepath"
	"time"
)

// ProgressFile is the file of a checkpoint that says how far the run had come.
const ProgressFile = "progress.json"

// Progress says what a checkpoint is of: Steps of a stage's Total steps.
type Progress struct {
	Stage string `json:"stage"`
	Steps int    `json:"steps"`
	Total int    `json:"total"`
	// Complete: the whole state of training is there, to go on from; otherwise the model.
	Complete bool `json:"complete,omitempty"`
	// AppliedGeneration is the generation under which the last of the steps was applied, World the
	// number of shards; both 0 where it is not complete.
	AppliedGeneration uint64 `json:"lineage,omitempty"`
	World             int    `json:"world,omitempty"`
	// Score is the target's F1 on its validation rows, where it was measured.
	Score *float64 `json:"score,omitempty"`
	// Written is when.
	Written time.Time `json:"written,omitzero"`
}

// Progress reads what the checkpoint says of itself; fs.ErrNotExist where it does not.
func (c Checkpoint) Progress() (Progress, error) {
	return readJSON[Progress](filepath.Join(c.Dir, ProgressFile))
}

// ReadProgress is how far the run had come at each of its checkpoints; one that does not
// say is passed over.
func (l Layout) ReadProgress() ([]Progress, error) {
	checkpoints, err := OpenCheckpoints(l.Checkpoints()).List()
	if err != nil {
		return nil, err
	}
	var all []Progress
	for _, c := range checkpoints {
		p, err := c.Progress()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}
