package directory

import (
	"path/filepath"

	"ringmaster/run/plan"
)

// Write makes the student's checkpoint step-N with files of write's alone, as older runs
// left them, and removes none.
func (c *Checkpoints) Write(step int, write func(*CheckpointWriter) error) (Checkpoint, error) {
	name, err := checkpointName(plan.StudentStage, step)
	if err != nil {
		return Checkpoint{}, err
	}
	done := Checkpoint{Stage: plan.StudentStage, Step: step, Dir: filepath.Join(c.dir, name)}
	return done, c.write(done.Dir, write)
}
