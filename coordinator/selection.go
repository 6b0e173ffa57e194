package coordinator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"ringmaster/coordinator/job"
	"ringmaster/durable"
	"ringmaster/kinds"
	"ringmaster/run/directory"
	"ringmaster/run/export"
	"ringmaster/run/metrics"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
)

// selection delivers the best of the student's states: it scores the last one on the validation
// rows that the checkpoints were scored on, and puts the best in the student's place. Where
// there is nothing to choose from it has nothing to do.
type selection struct {
	*setup
	student *trainStage
	task    *job.Task
	scorer  kinds.Scorer // nil where no state before the last was scored
}

func (p *pipeline) chooseStudent(student *trainStage) *inferStage {
	return &inferStage{
		title: plan.ChooseStage, heads: headsOf(student.tasks), offer: p.offer,
		inference: &selection{setup: p.setup, student: student, task: student.tasks[student.target]},
	}
}

// folder is that of the student after its last step, which is among the checkpoints too.
func (s *selection) folder() string {
	list, err := directory.OpenCheckpoints(s.dir.Checkpoints()).Of(plan.StudentStage)
	if err == nil && len(list) > 0 {
		if dir := list[len(list)-1].Dir; holdsModel(dir) {
			return dir
		}
	}
	return s.dir.Model()
}

func (s *selection) list() (sizes []int, err error) {
	best, err := bestCheckpoint(s.dir)
	if err != nil || best == nil {
		return nil, err
	}
	if s.scorer, err = s.task.Scorer(); err != nil {
		return nil, err
	}
	for i := range s.task.Valid.Len() {
		sizes = append(sizes, s.task.Valid.Size(i))
	}
	return sizes, nil
}

func (s *selection) example(position int) (protocol.Example, error) {
	row, err := s.task.Valid.At(position)
	return protocol.Example{Task: s.student.target, IDs: row.IDs, Second: row.Second}, err
}

func (s *selection) head(int) int { return s.student.target }

func (s *selection) describe(position int) string {
	return fmt.Sprintf("validation row %d of task %s", s.task.Valid.Number(position), s.task.Name)
}

func (s *selection) add(position int, logits []float32) error {
	return s.scorer.Add(s.task.Valid.Gold(position), logits)
}

// flush has nothing to keep: a part of the score is of no use.
func (s *selection) flush() error { return nil }

func (s *selection) complete() error {
	if s.scorer == nil {
		s.notify("the student of the last step is delivered: no earlier state was scored")
		return nil
	}
	scores := s.scorer.Scores(s.scorer.Threshold())
	return s.deliverBest(scores.Main())
}

// recall has nothing to look for: the student is in its place.
func (s *selection) recall() error { return nil }

// candidate is a checkpoint with its score.
type candidate struct {
	directory.Checkpoint
	score float64
}

// bestCheckpoint is the student's checkpoint with the best score, of equals the earliest; nil
// where none was scored.
func bestCheckpoint(dir *directory.Dir) (best *candidate, err error) {
	list, err := directory.OpenCheckpoints(dir.Checkpoints()).Of(plan.StudentStage)
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

// deliverBest puts the best student in its place, unless that is the last, and records which it
// is. An earlier one is delivered only if it is strictly better.
func (s *selection) deliverBest(measure string, last float64) error {
	best, err := bestCheckpoint(s.dir)
	if err != nil {
		return err
	}
	total, err := s.student.steps()
	if err != nil {
		return err
	}
	delivered := directory.Delivered{Step: total, Score: last, LastScore: last}
	if best != nil && best.score > last {
		if err := best.Verify(); err != nil {
			return fmt.Errorf("the best student's checkpoint: %w; with train.keep: last the student of the last step is delivered", err)
		}
		if err := s.exportTo(s.dir.Model(), best.Dir); err != nil {
			return fmt.Errorf("deliver the student of %s: %w", best.Dir, err)
		}
		delivered.Step, delivered.Score = best.Step, best.score
	}
	s.notify("%s", deliveredText(s.task.Name, measure, total, delivered))
	return s.dir.Record(directory.Entry{Delivered: &delivered})
}

// deliveredText tells which student it is.
func deliveredText(task, measure string, total int, d directory.Delivered) string {
	if d.Step == total {
		return fmt.Sprintf("the student of the last step is delivered: no earlier one has a better %s than %s on the validation rows of %s", measure, metrics.ShownScore(measure, d.LastScore), task)
	}
	return fmt.Sprintf("the student of step %d of %d is delivered, the best on the validation rows of %s: %s %s, against %s after the last step (train.keep)",
		d.Step, total, task, measure, metrics.ShownScore(measure, d.Score), metrics.ShownScore(measure, d.LastScore))
}

// exportTo replaces the model folder at place by the model of a checkpoint.
func (s *selection) exportTo(place, checkpoint string) (err error) {
	made, err := os.MkdirTemp(string(s.dir.Layout), durable.Prefix+"student-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(made)) }()
	recipe := recipeOf(s.student.tasks, s.job.Run.Train.MaxLength)
	model := export.Model{Base: s.job.Base, Recipe: recipe, LoRA: plan.LoRA(s.job.Run.Train)}
	for i, t := range s.student.tasks {
		model.Heads = append(model.Heads, export.Head{Task: t.Name, Kind: t.Kind, Classes: t.HeadOutputs(), Scale: t.Settings.Scale, Target: i == s.student.target})
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
