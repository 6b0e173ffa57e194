package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"ringmaster/config"
)

// readAll reads all files in declared order. Rows of path come back as train.
func (d *declaration) readAll(ctx context.Context, report *Report) (train, valid, test []row, err error) {
	for _, part := range []struct {
		files config.Files
		rows  *[]row
	}{{d.Path, &train}, {d.Train, &train}, {d.Valid, &valid}, {d.Test, &test}} {
		for _, path := range part.files {
			if *part.rows, err = d.readFile(ctx, path, *part.rows, report); err != nil {
				return nil, nil, nil, err
			}
		}
	}
	return train, valid, test, nil
}

// readFile appends the good rows of one file, and notes the others.
func (d *declaration) readFile(ctx context.Context, path string, rows []row, report *Report) ([]row, error) {
	file, err := openText(d.at(path), path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	source, err := d.source(path, file)
	if err != nil {
		return nil, err
	}
	before := report.Read
	for {
		// Asked now and then: a record is much quicker to read than a context to ask.
		if report.Read%1024 == 0 && ctx.Err() != nil {
			return nil, fmt.Errorf("read %s: %w", path, context.Cause(ctx))
		}
		r, err := source.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		number := report.Read
		report.Read += r.weight()
		example, dropped, bad := d.take(r)
		switch {
		case bad != nil:
			report.noteBad(path, r, bad)
			d.trace.leaveOut(LeftOut{Row: number, File: path, Line: r.first, Class: noClass, Why: WhyBad, Detail: bad.detail})
		case dropped != "":
			report.noteDropped(dropped)
			d.trace.leaveOut(LeftOut{Row: number, File: path, Line: r.first, Class: noClass, Why: WhyDropped, Detail: dropped, Text: strings.Clone(r.text)})
		default:
			example.Row = number
			rows = append(rows, row{Example: example, file: path, line: r.first})
			d.trace.place(rows[len(rows)-1])
			if d.trace != nil && example.Text != r.text {
				d.trace.change(Changed{
					Row: number, File: path, Line: r.first, Steps: d.cleaner.changes(r.text),
					Before: strings.Clone(r.text), After: example.Text,
				})
			}
		}
	}
	report.Files = append(report.Files, FileRows{File: path, Rows: report.Read - before})
	return rows, nil
}

// take makes an example of a record, unless it is bad or to be dropped. That it
// is bad is said first, so that no declared drop hides what is wrong with a file.
func (d *declaration) take(r record) (e Example, dropped string, bad *fault) {
	switch {
	case r.fault != nil:
		return e, "", r.fault
	case strings.TrimSpace(r.text) == "":
		return e, "", &fault{reason: MissingText, detail: fmt.Sprintf("%q is empty", d.Text)}
	case !utf8.ValidString(r.text):
		return e, "", &fault{reason: InvalidUTF8, detail: fmt.Sprintf("%q is not UTF-8", d.Text)}
	}
	class, unclassed := 0, ""
	if d.labels != nil {
		if class, unclassed, bad = d.labels.class(r.labels); bad != nil {
			return e, "", bad
		}
	}
	text := d.cleaner.Clean(r.text)
	if text == "" {
		return e, "", &fault{reason: EmptyText, detail: "cleaning leaves nothing of the text"}
	}
	group, bad := d.groupOf(r.group)
	if bad != nil {
		return e, "", bad
	}
	if unclassed != "" {
		return e, unclassed, nil
	}
	if pattern := d.cleaner.drops(text); pattern != "" {
		return e, fmt.Sprintf("text matches %q", pattern), nil
	}
	// A copy, since a field of a CSV or TSV record keeps its whole line in memory.
	return Example{Text: strings.Clone(text), Class: class, Group: group}, "", nil
}

// source opens the reader that fits the format.
func (d *declaration) source(path string, text *textFile) (source, error) {
	switch d.Format {
	case config.CSV:
		return newCSV(d, path, text)
	case config.TSV:
		return newTSV(d, path, text)
	case config.Lines, config.Paragraphs:
		return &plainSource{path: path, text: text, paragraphs: d.Format == config.Paragraphs}, nil
	default:
		return newJSONL(d, path, text), nil
	}
}
