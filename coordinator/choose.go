package coordinator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"ringmaster/config"
	"ringmaster/durable"
	"ringmaster/model/softmax"
	"ringmaster/run/directory"
	"ringmaster/run/export"
	"ringmaster/run/metrics"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
)

// chooseStudent is the stage that delivers the best of the student's states: it scores the
// last one on the validation rows that the checkpoints were scored on, and puts the best in
// the student's place. Where there is nothing to choose from it has nothing to do.
func (r *coordinator) chooseStudent(student *trainStage) *inferStage {
	task := student.tasks[student.target]
	var confusion *metrics.Confusion
	s := &inferStage{
		title: plan.ChooseStage, heads: headsOf(student.tasks), folder: r.lastStudent, offer: r.offer,
		list: func() (examples []protocol.Example, err error) {
			best, err := r.bestCheckpoint()
			if err != nil || best == nil {
				return nil, err
			}
			if confusion, err = task.Confusion(); err != nil {
				return nil, err
			}
			for _, row := range task.Valid {
				examples = append(examples, protocol.Example{Task: student.target, IDs: row.IDs})
			}
			return examples, nil
		},
		describe: func(position int) string {
			return fmt.Sprintf("validation row %d of task %s", task.Valid[position].Number, task.Name)
		},
		got: func(position int, logits []float32) error {
			return confusion.Add(task.Valid[position].Class, softmax.Argmax(logits))
		},
	}
	s.complete = func() error {
		if confusion == nil {
			r.notify("the student is that of the last step: no state before it was scored")
			return nil
		}
		return r.deliverBest(student, confusion.Scores().F1)
	}
	return s
}

// lastStudent is the folder of the student after its last step, which stands among the
// checkpoints too.
func (r *coordinator) lastStudent() string {
	list, err := directory.OpenCheckpoints(r.dir.Checkpoints()).Of(plan.StudentStage)
	if err == nil && len(list) > 0 {
		if dir := list[len(list)-1].Dir; holdsModel(dir) {
			return dir
		}
	}
	return r.dir.Model()
}

// candidate is a checkpoint with its score.
type candidate struct {
	directory.Checkpoint
	score float64
}

// bestCheckpoint is the student's checkpoint with the best score, of equals the earliest; nil
// where none was scored.
func (r *coordinator) bestCheckpoint() (best *candidate, err error) {
	list, err := directory.OpenCheckpoints(r.dir.Checkpoints()).Of(plan.StudentStage)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		p, err := c.Progress()
		if err != nil || p.Score == nil || !p.Complete {
			continue // one without a score, or that cannot be read, is none to choose
		}
		if best == nil || *p.Score > best.score {
			best = &candidate{c, *p.Score}
		}
	}
	return best, nil
}

// deliverBest puts the best student in its place, where that is not the last, and records which
// it is. An earlier one has to be better: of equals the one that has learnt longest is the last.
func (r *coordinator) deliverBest(student *trainStage, last float64) error {
	best, err := r.bestCheckpoint()
	if err != nil {
		return err
	}
	total := student.plan.stage.Steps()
	delivered := directory.Delivered{Step: total, Score: last, LastScore: last}
	if best != nil && best.score > last {
		if err := best.Verify(); err != nil {
			return fmt.Errorf("the best student's checkpoint: %w; train.keep: last delivers the last step", err)
		}
		if err := r.exportTo(r.dir.Model(), best.Dir, student); err != nil {
			return fmt.Errorf("deliver the student of %s: %w", best.Dir, err)
		}
		delivered.Step, delivered.Score = best.Step, best.score
	}
	r.delivered = &delivered
	r.notify("%s", deliveredText(student.tasks[student.target].Name, total, delivered))
	return r.dir.Record(directory.Entry{Delivered: &delivered})
}

// deliveredText says which student it is.
func deliveredText(task string, total int, d directory.Delivered) string {
	if d.Step == total {
		return fmt.Sprintf("the student is that of the last step: none before it has a better F1 than %.1f on the validation rows of %s", 100*d.LastScore, task)
	}
	return fmt.Sprintf("the student is that after step %d of %d, the best on the validation rows of %s: F1 %.1f, and %.1f after the last step (train.keep)",
		d.Step, total, task, 100*d.Score, 100*d.LastScore)
}

// exportTo replaces the model folder at place by the model of a checkpoint.
func (r *coordinator) exportTo(place, checkpoint string, student *trainStage) (err error) {
	made, err := os.MkdirTemp(string(r.dir.Layout), durable.Prefix+"student-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(made)) }()
	recipe := recipeOf(student.tasks, r.job.Run.Train.MaxLength)
	model := export.Model{Base: r.job.Base, Recipe: recipe}
	for i, t := range student.tasks {
		model.Heads = append(model.Heads, export.Head{Task: t.Name, Classes: t.Corpus.Classes, Target: i == student.target})
	}
	folder := filepath.Join(made, "model")
	if err := export.Checkpoint(context.Background(), checkpoint, folder, model); err != nil {
		return err
	}
	draft, err := durable.NewFolder(place)
	if err != nil {
		return err
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		return errors.Join(err, os.RemoveAll(draft))
	}
	for _, f := range files {
		if err := durable.TakeFile(filepath.Join(folder, f.Name()), filepath.Join(draft, f.Name())); err != nil {
			return errors.Join(err, os.RemoveAll(draft))
		}
	}
	return durable.PutFolder(draft, place)
}

// keepRule is which of a stage's checkpoints stay.
func (r *coordinator) keepRule() directory.Keep {
	run := r.job.Run
	return directory.Keep{Last: run.Checkpoint.Keep, Best: run.Checkpoint.Best || run.Train.Keep == config.KeepBest}
}
