package job

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/leak"
	"ringmaster/data/length"
	"ringmaster/data/tokens"
	"ringmaster/kinds"
	"ringmaster/run/directory"
	"ringmaster/screen"
)

// tellCorpus says what became of every row of a task's corpus, and what its parts have in
// common. Of a target that only tests, its test texts are looked for in the training texts of
// what is learnt.
func (j *Job) tellCorpus(ctx context.Context, t *Task, notify Notify) (err error) {
	if t != j.AdaptTarget {
		t.Leaks, err = leak.Find(ctx, t.Corpus)
	} else if learnt := j.Tasks[j.Target].Corpus; learnt != nil { // nil: it could not be read
		t.Leaks, err = leak.Between(ctx, learnt, t.Corpus)
	}
	if err != nil {
		return err
	}
	for line := range strings.Lines(t.Corpus.Report.String() + t.Leaks.String()) {
		notify("%s", strings.TrimRight(line, "\n"))
	}
	return nil
}

// tellAcross says which test texts of the target stand in the training texts of another task
// that the student learns: it has seen them there, with another label.
func (j *Job) tellAcross(ctx context.Context, notify Notify) error {
	target := j.Tasks[j.Target]
	for _, t := range j.Tasks {
		if t == target || j.AdaptTarget != nil {
			continue
		}
		r, err := leak.Between(ctx, t.Corpus, target.Corpus)
		if err != nil {
			return err
		}
		target.Leaks.Pairs = append(target.Leaks.Pairs, r.Pairs...)
		if r.Pairs[0].Share() > 0 {
			notify("%s:", target.Name)
			for line := range strings.Lines(r.String()) {
				notify("%s", strings.TrimRight(line, "\n"))
			}
		}
	}
	return nil
}

// encoded encodes the examples of some parts of a task, counts how many are cut, and says so.
func (j *Job) encoded(ctx context.Context, cache *idCache, t *Task, notify Notify, parts ...partRows) error {
	var lengths []int
	most := j.Run.Train.MaxLength
	for _, part := range parts {
		var sequences *tokens.SequenceSet
		var whole []int
		err := cache.encode(func(kept *tokens.Cache) (err error) {
			sequences, whole, err = kept.Sequences(ctx, j.Tokenizer, part.from.Texts(), most)
			return err
		})
		if err != nil {
			return fmt.Errorf("task %s: %w", t.Name, err)
		}
		lengths = append(lengths, whole...)
		*part.to = Rows{part: part.from, sequences: sequences}
	}
	report := length.Of(t.Name, lengths, j.Tokenizer, most)
	if j.Base != nil { // of a baseline that is only checked there is none
		report.Positions = j.Base.Config.Sizes().LongestText
	}
	t.Length = &report
	notify("%s: %s", t.Name, report)
	return nil
}

// partRows is a part of a corpus and where its rows go.
type partRows struct {
	from data.Part
	to   *Rows
}

// Described is what corpora.json says of the job's corpora.
func (j *Job) Described() []directory.Corpus {
	list := []directory.Corpus{}
	for _, t := range j.told {
		c := directory.Corpus{Task: t.Name, Report: t.Corpus.Report, Length: t.Length}
		if t.Leaks != nil {
			c.Leaks = t.Leaks.Pairs
		}
		list = append(list, c)
	}
	return list
}

// read lists the tasks whose corpora are read.
func (j *Job) read() []*Task {
	if j.AdaptTarget == nil {
		return j.Tasks
	}
	return append(slices.Clone(j.Tasks), j.AdaptTarget)
}

func (j *Job) loadCorpora(ctx context.Context, notify Notify) error {
	tasks := j.read()
	failed := make([]error, len(tasks))
	var group errgroup.Group
	for i, t := range tasks {
		group.Go(func() error {
			t.Corpus, failed[i] = data.Load(ctx, j.Run.BaseDir, t.Task)
			return nil
		})
	}
	_ = group.Wait() // each task's own error is in failed, so that all are told
	for i, t := range tasks {
		if failed[i] == nil {
			switch {
			case t == j.AdaptTarget && t.Corpus.Test.Len() == 0:
				failed[i] = fmt.Errorf("task %s: it has no test rows, and a student of %s is scored on them", t.Name, j.Run.Source)
			case t != j.AdaptTarget && t.Corpus.Train.Len() == 0:
				failed[i] = fmt.Errorf("task %s: no training row is left", t.Name)
			case t != j.AdaptTarget && j.Run.Method != config.MaskedLM:
				failed[i] = oneAnswer(t)
			}
		}
	}
	for i, t := range tasks {
		if failed[i] == nil && !j.checking {
			failed[i] = j.tellCorpus(ctx, t, notify)
		}
	}
	j.told = tasks
	if err := errors.Join(failed...); err != nil || j.checking || j.Run.Method == config.MaskedLM {
		return err
	}
	return j.tellAcross(ctx, notify)
}

// checkPositive makes sure that what chooses a student of a source and what tests it on the
// target are F1 of the same class.
func (j *Job) checkPositive() error {
	target := j.AdaptTarget
	if target == nil || target.Corpus == nil || j.Tasks[j.Target].Corpus == nil {
		return nil
	}
	source := j.Tasks[j.Target]
	if source.Positive() == target.Positive() {
		return nil
	}
	return fmt.Errorf("the source %s is scored by class %s (%s), the target %s by class %s (%s): name the same class in both, tasks.%s.positive and tasks.%s.positive",
		source.Name, source.Positive(), source.Corpus.Report.Positive.Why, target.Name, target.Positive(), target.Corpus.Report.Positive.Why, source.Name, target.Name)
}

// oneAnswer refuses training rows that all have one class, set of labels or value: there is nothing to tell
// apart.
func oneAnswer(t *Task) error {
	train := t.Corpus.Train
	first := train.Bare(0)
	for i := range train.Len() {
		if e := train.Bare(i); e.Class != first.Class || !slices.Equal(e.Set, first.Set) || e.Value != first.Value {
			return learnable(t)
		}
	}
	answer := "class"
	switch {
	case t.Kind.Is(config.KindLabels):
		answer = "labels"
	case t.Kind.Is(config.KindValue):
		answer = "value"
	}
	return fmt.Errorf("task %s: there is nothing to learn, since every training row has the %s %s (%s): check its labels, and how its files are split",
		t.Name, answer, data.GoldText(t.Kind, t.Corpus.Classes, first), screen.Count(train.Len(), "row", "rows"))
}

// leastSpread is the least standard deviation of values, in proportion to their mean, that a head of float32 in the data's unit can tell
// apart: a thousand of its steps.
const leastSpread = 1000.0 / (1 << 24)

// learnable refuses values whose spread a model's numbers do not resolve: all predictions would be one number.
func learnable(t *Task) error {
	if !t.Kind.Is(config.KindValue) {
		return nil
	}
	values := make([]float64, t.Corpus.Train.Len())
	for i := range values {
		values[i] = t.Corpus.Train.Bare(i).Value
	}
	scale, ok := kinds.ScaleOf(values)
	if ok && scale.Deviation > math.SmallestNonzeroFloat32*(1<<24) && scale.Deviation > leastSpread*math.Abs(scale.Mean) {
		return nil
	}
	return fmt.Errorf("task %s: its values differ too little for the numbers that a model computes with (mean %.6g, standard deviation %.3g): subtract a constant, or take another unit",
		t.Name, scale.Mean, scale.Deviation)
}

func (j *Job) encode(ctx context.Context, cacheDir string, notify Notify) error {
	cache := openIDs(cacheDir, notify)
	for _, t := range j.Tasks {
		if err := j.encoded(ctx, cache, t, notify, partRows{t.Corpus.Train, &t.Train}, partRows{t.Corpus.Valid, &t.Valid}, partRows{t.Corpus.Test, &t.Test}); err != nil {
			return err
		}
	}
	if t := j.AdaptTarget; t != nil {
		return j.encoded(ctx, cache, t, notify, partRows{t.Corpus.Test, &t.Test})
	}
	return nil
}
