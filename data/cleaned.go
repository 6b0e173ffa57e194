package data

import (
	"context"
	"fmt"

	"ringmaster/config"
)

// filedRows are a corpus's good rows by the files they stand in; those of path are train.
type filedRows struct{ train, valid, test []row }

// LoadCleaned reads a corpus as its files divide it: cleaned, without duplicates and
// overlaps, but not split. Rows of path come as Train; the training rows are not limited.
func LoadCleaned(ctx context.Context, baseDir string, task config.Task) (*Corpus, *Trace, error) {
	trace := newTrace()
	d, report, filed, err := readCleaned(ctx, baseDir, task, trace)
	if err != nil {
		return nil, nil, err
	}
	report.noteConflicts(filed.train, filed.valid, filed.test)
	report.Train, report.Valid, report.Test = report.sizeOf(filed.train), report.sizeOf(filed.valid), report.sizeOf(filed.test)
	return &Corpus{
		Task: task.Name, Kind: task.Kind, Classes: d.classes,
		Train: examples(filed.train), Valid: examples(filed.valid), Test: examples(filed.test),
		Report: *report,
	}, trace, nil
}

// readCleaned does all that comes before the split.
func readCleaned(ctx context.Context, baseDir string, task config.Task, trace *Trace) (*declaration, *Report, filedRows, error) {
	d, err := declare(baseDir, task.Data, task.Kind)
	if err != nil {
		return nil, nil, filedRows{}, fmt.Errorf("task %q: %w", task.Name, err)
	}
	d.trace = trace
	report := newReport(task.Name, task.Kind, d.classes)
	if report.Positive, err = d.positive(task); err != nil {
		return nil, nil, filedRows{}, fmt.Errorf("task %q: %w", task.Name, err)
	}
	var f filedRows
	f.train, f.valid, f.test, err = d.readAll(ctx, report)
	if err != nil {
		return nil, nil, filedRows{}, fmt.Errorf("task %q: %w", task.Name, err)
	}
	report.filesRead()
	if report.tooManyBad(task.Data.MaxBad) {
		return nil, nil, filedRows{}, &BadRowsError{Report: *report, MaxBad: task.Data.MaxBad, known: d.labels.known()}
	}
	if task.Data.Clean.Dedup {
		before := f.train
		f.train, report.Duplicates = withoutDuplicates(f.train)
		trace.leaveOutDuplicates(before, f.train)
	}
	report.removeOverlaps(&f.train, f.valid, f.test, trace)
	report.Repeats = repeats(f.valid) + repeats(f.test)
	report.Shared = shared(f.valid, f.test)
	return d, report, f, nil
}
