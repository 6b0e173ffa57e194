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
	Train, Valid, Test []Example
	Report             Report

	places map[int]place
}

// place is a row's file and line.
type place struct {
	file string
	line int
}

// Place is file:line of a row that is in a part.
func (c *Corpus) Place(row int) string {
	p := c.places[row]
	return fmt.Sprintf("%s:%d", p.file, p.line)
}

func placesOf(parts ...[]row) map[int]place {
	places := map[int]place{}
	for _, part := range parts {
		for _, r := range part {
			places[r.Row] = place{r.file, r.line}
		}
	}
	return places
}

// row is an example with its file and line.
type row struct {
	Example
	file string
	line int
	part int // that part's column names
	// together is equal for rows that stay in one part: their group, or one of the texts that
	// contain one another; empty where no other row has to stay with it.
	together string
	// stratum is equal for rows that a split deals out evenly (setStrata).
	stratum int
}

func (r row) place() string { return fmt.Sprintf("%s:%d", r.file, r.line) }

// Load reads the corpus of a task; relative paths start from baseDir. The task
// is expected to carry the defaults that config.Load fills in.
//
// The error is one of this package's, the file system's, or ctx's.
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
	d, report, filed, err := readCleaned(ctx, baseDir, task, trace)
	if err != nil {
		return nil, err
	}
	d.putTogether(filed)
	d.setStrata(filed.train)
	train, valid, test, err := d.carve(filed.train)
	if err != nil {
		return nil, fmt.Errorf("task %q: %w", task.Name, err)
	}
	valid, test = append(filed.valid, valid...), append(filed.test, test...)
	if d.keepsTogether() { // groups stay whole, so that a text of two groups may stand in two parts
		report.removeOverlaps(&train, valid, test, trace)
		report.Shared = shared(valid, test)
	}
	report.noteConflicts(train, valid, test)
	if s := task.Data.Split; s.Folds > 0 {
		report.Fold, report.Folds = max(s.Fold, 1), s.Folds
	}
	report.Groups = d.groupReport(train, valid, test)
	before := train
	d.setStrata(train)
	train, report.Limited = limited(train, d.strata, task.Data.Limit, task.Data.Split.Seed)
	trace.leaveOutLimited(before, train)
	if len(train) == 0 {
		return nil, errkind.Errorf(ErrNoRows, "task %q: no training rows are left: %s", task.Name, report.whereRowsWent())
	}

	report.Train, report.Valid, report.Test = report.sizeOf(train), report.sizeOf(valid), report.sizeOf(test)
	report.Groups.noteShared(train, valid, test)
	report.noteAbsent()
	return &Corpus{
		Task: task.Name, Kind: task.Kind, Classes: d.classes,
		Train: examples(train), Valid: examples(valid), Test: examples(test),
		Report: *report, places: placesOf(train, valid, test),
	}, nil
}

func examples(rows []row) []Example {
	list := make([]Example, len(rows))
	for i, r := range rows {
		list[i] = r.Example
	}
	return list
}
