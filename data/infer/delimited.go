package infer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"ringmaster/config"
)

// looked is how many records decide how a file is delimited.
const looked = 500

// dialect is how the fields of a line are told apart.
type dialect struct {
	delimiter rune
	quoted    bool // RFC 4180: quotation marks hold fields together
}

// readDelimited reads a table of lines, or plain lines where no delimiter makes a table of them.
func (t *table) readDelimited(text *sample, ending string) {
	d, width := sniff(text.pieces[0], ending)
	if width < 2 && ending != "csv" && ending != "tsv" {
		t.format = config.Lines
		for _, piece := range text.pieces {
			for line := range strings.Lines(piece) {
				if line = strings.TrimSpace(line); line != "" {
					t.rows = append(t.rows, []cell{textCell(line)})
				}
			}
		}
		return
	}
	t.format, t.delimiter = config.TSV, d.delimiter
	if d.quoted {
		t.format = config.CSV
	}
	for i, piece := range text.pieces {
		records, broken := d.records(piece, -1)
		if i > 0 && d.quoted && !agree(records, width) {
			records, broken = d.afterQuote(piece, width), 0
		}
		t.broken += broken
		for _, fields := range records {
			if i == 0 && t.columns == nil {
				t.header = isHeader(records)
				t.columns, t.doubled = distinct(fields)
				if t.header {
					continue
				}
				t.columns = numbered(len(fields))
			}
			if len(fields) != len(t.columns) {
				t.broken++
				continue
			}
			row := make([]cell, len(fields))
			for c, field := range fields {
				row[c] = textCell(field)
			}
			t.rows = append(t.rows, row)
		}
	}
}

// agree says whether nearly all records have one width.
func agree(records [][]string, width int) bool {
	fit := 0
	for _, fields := range records {
		if len(fields) == width {
			fit++
		}
	}
	return fit*20 >= len(records)*19
}

// afterQuote reads a piece that begins inside a quoted field, from the first line on from which its records fit.
func (d dialect) afterQuote(piece string, width int) [][]string {
	for range 200 {
		_, after, found := strings.Cut(piece, "\n")
		if !found {
			return nil
		}
		piece = after
		if records, broken := d.records(piece, 20); broken == 0 && len(records) > 2 && agree(records, width) {
			records, _ = d.records(piece, -1)
			return records
		}
	}
	return nil
}

// records divides a text into at most most records (-1: all); broken counts those whose quotation marks are not as
// they should be.
func (d dialect) records(text string, most int) (records [][]string, broken int) {
	if !d.quoted {
		for line := range strings.Lines(text) {
			if line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"); line != "" {
				records = append(records, strings.Split(line, string(d.delimiter)))
			}
			if len(records) == most {
				break
			}
		}
		return records, 0
	}
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma, reader.FieldsPerRecord = d.delimiter, -1
	for len(records)+broken != most {
		fields, err := reader.Read()
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return records, broken
		case errors.As(err, &parse):
			broken += max(parse.Line-parse.StartLine+1, 1)
		case err == nil:
			records = append(records, fields)
		}
	}
	return records, broken
}

// sniff finds the dialect in which most records of a text's beginning have the same number of fields.
func sniff(text, ending string) (best dialect, width int) {
	order := []rune{',', ';', '|', '\t'}
	switch ending {
	case "tsv", "tab":
		order = []rune{'\t', ',', ';', '|'}
	case "csv":
	default:
		order = []rune{'\t', '|', ';', ','}
	}
	best = dialect{order[0], ending == "csv"}
	width = 1
	quotes := strings.Contains(text, "\"")
	score := 0.0
	for _, delimiter := range order {
		plain := dialect{delimiter, false}
		fit, w := plain.fit(text)
		chosen := plain
		if delimiter == ',' || delimiter == ';' || quotes {
			quoted := dialect{delimiter, true}
			quotedFit, quotedWidth := quoted.fit(text)
			likely := delimiter == ',' || delimiter == ';'
			if likely && quotedFit >= fit-0.01 || quotedFit > fit+0.005 || quotedFit >= fit && quoted.encloses(text) {
				fit, w, chosen = quotedFit, quotedWidth, quoted
			}
		}
		// Prose has commas in its lines, but never the same number of them.
		if w < 2 || fit < 0.85 {
			continue
		}
		if fit > score+0.005 {
			best, width, score = chosen, w, fit
		}
	}
	return best, width
}

// fit is the share of records with the most frequent number of fields, and that number.
func (d dialect) fit(text string) (share float64, width int) {
	records, broken := d.records(text, looked)
	if len(records) == 0 {
		return 0, 0
	}
	counts := map[int]int{}
	for _, fields := range records {
		counts[len(fields)]++
		if n := counts[len(fields)]; n > counts[width] || n == counts[width] && len(fields) > width {
			width = len(fields)
		}
	}
	share = float64(counts[width]) / float64(len(records)+broken)
	if len(records[0]) != width { // a header has as many fields as its rows
		share *= 0.9
	}
	return share, width
}

// encloses says whether quotation marks stand around whole fields of many records, and not inside texts.
func (d dialect) encloses(text string) bool {
	records, _ := dialect{d.delimiter, false}.records(text, looked)
	enclosed := 0
	for _, fields := range records {
		if slices.ContainsFunc(fields, func(f string) bool { return len(f) > 1 && f[0] == '"' && f[len(f)-1] == '"' }) {
			enclosed++
		}
	}
	return enclosed*5 > len(records)
}

// longestName is how many characters the name of a column has at most.
const longestName = 60

// isHeader says whether the first record names the columns: its fields are short, none is a number, and none
// of them is a value that its column has again, as the label of a first row is. Words may be there twice, as where tables were
// put beside each other, and columns without anything have no name.
func isHeader(records [][]string) bool {
	first := records[0]
	if strings.TrimSpace(strings.Join(first, "")) == "" {
		return false
	}
	again := make([]int, len(first))
	for i, name := range first {
		name = strings.TrimSpace(name)
		// A delimiter at the end of each line makes an empty last column, and pandas writes its row numbers into a first one
		// without a name.
		outer := i == len(first)-1 || i == 0
		if name == "" && (!outer || len(first) < 3) && !emptyBelow(records, i) || utf8.RuneCountInString(name) > longestName || len(strings.Fields(name)) > 6 || isNumber(name) {
			return false
		}
		if slices.Contains(first[:i], first[i]) && len(strings.Fields(name)) > 1 {
			return false
		}
		for _, fields := range records[1:min(len(records), looked)] {
			if i < len(fields) && name != "" && strings.TrimSpace(fields[i]) == name {
				again[i]++
			}
		}
	}
	return !slices.ContainsFunc(again, func(n int) bool { return n > 0 && n >= int(math.Ceil(float64(min(len(records), looked))/100)) })
}

// emptyBelow says whether a column has nothing in the rows that are looked at.
func emptyBelow(records [][]string, column int) bool {
	for _, fields := range records[1:min(len(records), looked)] {
		if column < len(fields) && strings.TrimSpace(fields[column]) != "" {
			return false
		}
	}
	return true
}

// distinct gives columns whose names are not distinct names that are; doubled says whether there were any.
func distinct(header []string) (names []string, doubled bool) {
	for i, name := range header {
		if slices.Contains(names, name) {
			doubled = true
			if name == "" {
				name = "column"
			}
			for n := i + 1; ; n++ {
				if other := fmt.Sprintf("%s_%d", name, n); !slices.Contains(header, other) && !slices.Contains(names, other) {
					name = other
					break
				}
			}
		}
		names = append(names, name)
	}
	return names, doubled
}

// numbered are the names of columns that have none.
func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = columnName(i)
	}
	return names
}
