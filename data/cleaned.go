package data

import (
	"context"
	"fmt"

	"ringmaster/config"
)

// cleanedCorpus is a corpus before it is whole: its good rows, and which of them stand in which part so far. Before the
// split that is what their files say; those of path are train.
type cleanedCorpus struct {
	*declaration
	report             *Report
	rows               *table
	train, valid, test []int32 // places in rows, rising
}

// LoadCleaned reads a corpus as its files divide it: cleaned, without duplicates and
// overlaps, but not split. Rows of path come as Train; the training rows are not limited.
func LoadCleaned(ctx context.Context, baseDir string, task config.Task) (*Corpus, *Trace, error) {
	trace := newTrace()
	c, err := readCleaned(ctx, baseDir, task, trace)
	if err != nil {
		return nil, nil, err
	}
	if err := c.noteConflicts(); err != nil {
		return nil, nil, err
	}
	c.report.sizes(c)
	return c.corpus(task), trace, nil
}

// readCleaned does all that comes before the split.
func readCleaned(ctx context.Context, baseDir string, task config.Task, trace *Trace) (*cleanedCorpus, error) {
	d, err := declare(baseDir, task.Data, task.Kind)
	if err != nil {
		return nil, fmt.Errorf("task %q: %w", task.Name, err)
	}
	d.trace = trace
	report := newReport(task.Name, task.Kind, d.classes)
	if report.Positive, err = d.positive(task); err != nil {
		return nil, fmt.Errorf("task %q: %w", task.Name, err)
	}
	c := &cleanedCorpus{declaration: d, report: report, rows: &table{}}
	if err = c.readAll(ctx); err != nil {
		return nil, fmt.Errorf("task %q: %w", task.Name, err)
	}
	report.filesRead()
	if report.tooManyBad(task.Data.MaxBad) {
		return nil, &BadRowsError{Report: *report, MaxBad: task.Data.MaxBad, known: d.labels.known()}
	}
	if task.Data.Clean.Dedup {
		before := c.train
		c.train, report.Duplicates = c.rows.withoutDuplicates(before)
		if err := c.leaveOutDuplicates(before); err != nil {
			return nil, err
		}
	}
	if err := c.removeOverlaps(); err != nil {
		return nil, err
	}
	report.Repeats = c.rows.repeats(c.valid) + c.rows.repeats(c.test)
	report.Shared = c.shared()
	return c, nil
}

// corpus is the corpus as it is; nothing can be read into its table any more.
func (c *cleanedCorpus) corpus(task config.Task) *Corpus {
	c.rows.seal()
	part := func(places []int32) Part { return Part{table: c.rows, rows: places} }
	return &Corpus{
		Task: task.Name, Kind: task.Kind, Classes: c.classes,
		Train: part(c.train), Valid: part(c.valid), Test: part(c.test), Report: *c.report, table: c.rows,
	}
}
