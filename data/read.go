package data

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ringmaster/config"
)

// readAll reads all files in declared order. Rows of path are train's, unless part's column
// says where they belong.
func (c *cleanedCorpus) readAll(ctx context.Context) error {
	for _, part := range []struct {
		files config.Files
		rows  *[]int32
	}{{c.Path, &c.train}, {c.Data.Train, &c.train}, {c.Valid, &c.valid}, {c.Test, &c.test}} {
		for _, path := range part.files {
			from := c.rows.count
			if err := c.readFile(ctx, path); err != nil {
				return err
			}
			*part.rows = slices.Grow(*part.rows, c.rows.count-from)
			for place := from; place < c.rows.count; place++ {
				*part.rows = append(*part.rows, int32(place))
			}
		}
	}
	if c.Part != "" {
		c.byPart(c.train)
	}
	return nil
}

// readFile adds the good rows of one file to the table, and notes the others.
func (c *cleanedCorpus) readFile(ctx context.Context, path string) error {
	d, report := c.declaration, c.report
	source, err := d.open(path)
	if err != nil {
		return err
	}
	defer source.Close() // opened for reading only
	before := report.Read
	for {
		// Not for every record: reading one is much faster than asking a context.
		if report.Read%1024 == 0 && ctx.Err() != nil {
			return fmt.Errorf("read %s: %w", path, context.Cause(ctx))
		}
		r, err := source.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
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
			d.trace.leaveOut(LeftOut{Row: number, File: path, Line: r.first, Class: noClass, Why: WhyDropped, Detail: dropped, Text: strings.Clone(d.whole(r))})
		default:
			example.Row = number
			part, _ := d.partOf(r.part) // take found it good
			place, err := c.rows.add(example, path, r.first, part)
			if err != nil {
				return err
			}
			if d.trace != nil {
				d.traceRow(r, example, path, c.rows.place(place))
			}
		}
	}
	report.Files = append(report.Files, FileRows{File: path, Rows: report.Read - before})
	return nil
}

// take makes an example of a record, unless it is bad or dropped. Bad comes first, so that no
// declared drop hides what is wrong with a file.
func (d *declaration) take(r record) (e Example, dropped string, bad *fault) {
	if bad := d.textFault(r); bad != nil {
		return e, "", bad
	}
	unclassed, bad := d.readGold(r.labels, &e)
	if bad != nil {
		return e, "", bad
	}
	text := d.cleaner.Clean(r.text)
	if text == "" {
		return e, "", &fault{reason: EmptyText, detail: "the text is empty after cleaning"}
	}
	second := ""
	if d.TextPair != "" {
		if second = d.cleaner.Clean(r.pair); second == "" {
			return e, "", &fault{reason: EmptyText, detail: "the second text is empty after cleaning"}
		}
	}
	group, bad := d.groupOf(r.group)
	if bad != nil {
		return e, "", bad
	}
	if _, bad := d.partOf(r.part); bad != nil {
		return e, "", bad
	}
	if unclassed != "" {
		return e, unclassed, nil
	}
	if pattern := cmp.Or(d.cleaner.drops(text), d.cleaner.drops(second)); pattern != "" {
		return e, fmt.Sprintf("text matches %q", pattern), nil
	}
	if d.TextPair != "" {
		text = JoinTexts(text, second)
	}
	e.Text, e.Group = text, group
	return e, "", nil
}

// textFault says what is wrong with a record's text.
func (d *declaration) textFault(r record) *fault {
	text := "the text"
	if !d.Format.Plain() {
		text = strconv.Quote(d.Text)
	}
	if r.fault != nil {
		return r.fault
	}
	bad := d.cellFault(text, r.text)
	if bad == nil && d.TextPair != "" {
		bad = d.cellFault(strconv.Quote(d.TextPair), r.pair)
	}
	return bad
}

func (d *declaration) cellFault(name, text string) *fault {
	switch {
	case strings.TrimSpace(text) == "" && !d.everyLine:
		return &fault{reason: MissingText, detail: name + " is empty"}
	case !utf8.ValidString(text):
		return &fault{reason: InvalidUTF8, detail: name + " is not UTF-8"}
	case strings.IndexByte(text, 0) >= 0:
		return &fault{reason: ZeroByte, detail: name + " contains a zero byte"}
	}
	return nil
}
