package data

import (
	"context"
	"fmt"

	"ringmaster/config"
	"ringmaster/errkind"
)

// Example is one usable row of a corpus, as text. Tokenised it becomes the coordinator's Row,
// and dealt for one step a model's input.Example.
type Example struct {
	// Row is the 0-based number of the record over all files of the declaration.
	Row int
	// Text is the cleaned text.
	Text string
	// Class is an index into Corpus.Classes, for kinds of task with one class a text; else 0.
	Class int
	// Set are the text's labels, ascending indices into Corpus.Classes, for config.KindLabels.
	Set []int32
	// Value is the text's number, for config.KindValue.
	Value float64
	// Group is what split.group's column says; empty without one.
	Group string
}

// Corpus is one task's corpus, read and divided. Each part is in order of Row.
type Corpus struct {
	Task string
	Kind config.Kind
	// Classes are config.Task.Outputs: the classes or labels in their order, or a value's column.
	Classes            []string
	Train, Valid, Test Part
	Report             Report

	table *table // nil of one that was not read from files
}

// Place is file:line of a row of the corpus.
func (c *Corpus) Place(row int) string {
	if c.table != nil {
		if place, found := c.table.find(row); found {
			return c.table.place(place)
		}
	}
	return ":0"
}

// Load reads the corpus of a task; relative paths start from baseDir. The task
// is expected to carry the defaults that config.Load fills in.
//
// The error is one of this package's, the file system's, spool's or ctx's.
func Load(ctx context.Context, baseDir string, task config.Task) (*Corpus, error) {
	return load(ctx, baseDir, task, nil)
}

// LoadTraced is Load that also lists every row that was left out or changed.
func LoadTraced(ctx context.Context, baseDir string, task config.Task) (*Corpus, *Trace, error) {
	trace := newTrace()
	corpus, err := load(ctx, baseDir, task, trace)
	return corpus, trace, err
}

func load(ctx context.Context, baseDir string, task config.Task, trace *Trace) (*Corpus, error) {
	c, err := readCleaned(ctx, baseDir, task, trace)
	if err != nil {
		return nil, err
	}
	if err := c.divide(task); err != nil {
		return nil, err
	}
	c.report.sizes(c)
	c.report.noteAbsent()
	return c.corpus(task), nil
}

// divide splits the rows of path, and limits those that are trained on.
func (c *cleanedCorpus) divide(task config.Task) error {
	if err := c.putTogether(); err != nil {
		return err
	}
	c.setStrata(c.train)
	train, valid, test, err := c.carve(c.train)
	if err != nil {
		return fmt.Errorf("task %q: %w", task.Name, err)
	}
	c.train, c.valid, c.test = train, append(c.valid, valid...), append(c.test, test...)
	if c.keepsTogether() { // groups stay whole, so that a text of two groups may stand in two parts
		if err := c.removeOverlaps(); err != nil {
			return err
		}
		c.report.Shared = c.shared()
	}
	if err := c.noteConflicts(); err != nil {
		return err
	}
	if s := task.Data.Split; s.Folds > 0 {
		c.report.Fold, c.report.Folds = max(s.Fold, 1), s.Folds
	}
	if c.report.Groups, err = c.groupReport(); err != nil {
		return err
	}
	c.setStrata(c.train)
	before := c.train
	if c.train, err = c.limited(before, task.Data.Limit); err != nil {
		return err
	}
	c.report.Limited = len(before) - len(c.train)
	if err := c.leaveOutRows(WhyLimited, before, func(int32) string { return "beyond limit" }); err != nil {
		return err
	}
	if len(c.train) == 0 {
		return errkind.Errorf(ErrNoRows, "task %q: no training rows are left: %s", task.Name, c.report.whereRowsWent())
	}
	return c.noteShared()
}
