package coordinator

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"ringmaster/config"
	"ringmaster/data/tokens"
	"ringmaster/durable"
	"ringmaster/model/weights"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
)

// teacherLogits asks a teacher for the logits of training rows that are still missing.
type teacherLogits struct {
	*setup
	of      *teacher
	keys    []directory.RowKey // of all training rows
	missing []int              // of them
	// read are the missing rows' ids where the teacher reads other ids than the student; else nil.
	read []tokens.Pair
}

func (p *pipeline) teacherLogits(t *teacher) *inferStage {
	l := &teacherLogits{setup: p.setup, of: t}
	return &inferStage{
		title: plan.LogitsStage(t.task.Name, t.number), offer: p.offer, inference: l,
		heads: []protocol.Task{t.head()},
	}
}

// head is the teacher's head. Of one that gives a value and its variance the value teaches.
func (t *teacher) head() protocol.Task {
	head := protocol.Task{Name: t.task.Name, Classes: t.task.Corpus.Classes, Kind: t.task.Kind, Head: t.source.Match.Head}
	trained := t.source.Given == nil && len(t.task.HeadOutputs()) > len(head.Classes)
	if head.Kind.Is(config.KindValue) && (trained || t.source.Match.Order != nil) {
		head.Order = []int{0}
	}
	return head
}

func (l *teacherLogits) folder() string { return l.of.dir }

func (l *teacherLogits) list() ([]int, error) {
	if err := l.open(); err != nil {
		return nil, err
	}
	t := l.of
	l.missing = t.logits.Missing(l.keys)
	if t.source.Answers != nil {
		return nil, l.takeAnswers()
	}
	l.notify("teacher of %s: %d of %d training rows have logits already, %d to compute",
		t.name(), len(l.keys)-len(l.missing), len(l.keys), len(l.missing))
	l.read = nil
	sizes := make([]int, len(l.missing))
	for i, m := range l.missing {
		if t.source.Tokenizer == nil {
			sizes[i] = t.task.Train.Size(m)
			continue
		}
		read, err := l.job.TeacherReads(t.task, t.source, m)
		if err != nil {
			return nil, err
		}
		l.read, sizes[i] = append(l.read, read), len(read.IDs)
	}
	return sizes, nil
}

func (l *teacherLogits) example(position int) (protocol.Example, error) {
	if l.read != nil {
		return protocol.Example{IDs: l.read[position].IDs, Second: l.read[position].Second}, nil
	}
	row, err := l.of.task.Train.At(l.missing[position])
	return protocol.Example{IDs: row.IDs, Second: row.Second}, err
}

func (l *teacherLogits) head(int) int { return 0 }

// takeAnswers takes answers that were made elsewhere for the logits: nothing is left to compute.
func (l *teacherLogits) takeAnswers() error {
	for _, m := range l.missing {
		logits, ok := l.of.source.Answers.Logits(l.keys[m])
		if !ok {
			return fmt.Errorf("teacher of %s: row %d has no answer", l.of.name(), l.of.task.Train.Number(m))
		}
		if err := l.of.logits.Add([]directory.RowKey{l.keys[m]}, [][]float32{logits}); err != nil {
			return err
		}
	}
	l.missing = nil
	return nil
}

func (l *teacherLogits) describe(position int) string {
	return fmt.Sprintf("row %d of task %s", l.of.task.Train.Number(l.missing[position]), l.of.task.Name)
}

func (l *teacherLogits) add(position int, logits []float32) error {
	return l.of.logits.Add([]directory.RowKey{l.keys[l.missing[position]]}, [][]float32{logits})
}

func (l *teacherLogits) flush() error { return l.of.logits.SaveGrown() }

func (l *teacherLogits) complete() error { return errors.Join(l.keep(), l.reportQuality()) }

func (l *teacherLogits) recall() error {
	if err := l.open(); err != nil {
		return err
	}
	if n := len(l.of.logits.Missing(l.keys)); n > 0 {
		return fmt.Errorf("%w: %d training rows of task %s no longer have teacher logits in %s: start a new run",
			ErrCannotResume, n, l.of.task.Name, l.opts.TeacherDir)
	}
	return nil
}

// open opens what is stored for the teacher's weights.
func (l *teacherLogits) open() error {
	t := l.of
	key, err := l.key()
	if err != nil {
		return err
	}
	if l.keys, err = t.task.Train.Keys(); err != nil {
		return err
	}
	if t.logits, err = directory.OpenTeacherStore(l.opts.TeacherDir).Open(key); err != nil {
		return err
	}
	if damage := t.logits.Damage(); damage != nil {
		l.notify("%v; they are computed again", damage)
	}
	return nil
}

// key is what the teacher's logits are stored by.
func (l *teacherLogits) key() (directory.TeacherKey, error) {
	t := l.of
	key := directory.TeacherKey{Tokenizer: l.job.Tokenizer.Hash(), MaxLength: l.job.Run.Train.MaxLength, Classes: len(t.task.Corpus.Classes)}
	if t.source.Answers != nil { // which say nothing of tokens
		key.Weights, key.Tokenizer, key.MaxLength = t.source.Answers.Key()+" "+t.task.Name, "", 0
		return key, nil
	}
	if t.source.Tokenizer != nil {
		key.Tokenizer = t.source.Tokenizer.Hash()
	}
	folder, err := weights.Open(t.dir)
	if err != nil {
		return key, err
	}
	key.Weights, err = folder.Hash()
	return key, err
}

// keep saves the logits, and a copy in the run directory.
func (l *teacherLogits) keep() error {
	logits := l.of.logits
	if err := logits.Save(); err != nil {
		return err
	}
	dir := l.dir.Teachers()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return durable.LinkFile(logits.Path(), filepath.Join(dir, filepath.Base(logits.Path())))
}
