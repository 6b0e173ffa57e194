package coordinator

import (
	"context"
	"fmt"
	"strings"

	"ringmaster/data"
	"ringmaster/data/leak"
	"ringmaster/data/length"
	"ringmaster/data/tokens"
	"ringmaster/run/directory"
)

// tellCorpus says what became of every row of a task's corpus, and what its parts have in
// common. Of a target that only tests, its test texts are looked for in the training texts of
// what is learnt.
func (j *Job) tellCorpus(ctx context.Context, t *Task, notify Notify) (err error) {
	if t != j.Elsewhere {
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
		if t == target || j.Elsewhere != nil {
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
func (j *Job) encoded(ctx context.Context, cache *tokens.Cache, t *Task, notify Notify, parts ...partRows) error {
	var lengths []int
	most := j.Run.Train.MaxLength
	for _, part := range parts {
		// Without a limit, so that it is known what the limit cuts off.
		ids, err := cache.EncodeAll(ctx, j.Tokenizer, textsOf(part.from), 0)
		if err != nil {
			return fmt.Errorf("task %s: %w", t.Name, err)
		}
		rows := make([]Row, len(part.from))
		for i, e := range part.from {
			lengths = append(lengths, len(ids[i]))
			rows[i] = Row{Number: e.Row, Class: e.Class, IDs: j.Tokenizer.Truncate(ids[i], most), Key: directory.RowKeyOf(e.Text)}
		}
		*part.to = rows
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
	from []data.Example
	to   *[]Row
}

// described is what corpora.json says of the job's corpora.
func (j *Job) described() []directory.Corpus {
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
