package infer

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"ringmaster/data"
	"ringmaster/screen"
	"ringmaster/shown"
)

// manyValues is how many distinct values of a column are counted; beyond it holds too many to be classes.
const manyValues = 50_000

// profile is what the rows have in one column.
type profile struct {
	name string
	at   int
	// rows, and those of them whose cell is empty, a number, a whole number, 0 or 1, a list, a text.
	rows, empty, numbers, wholes, bits, lists, texts int
	least, most                                      float64
	runes, words                                     int
	commas                                           int            // cells with a number whose decimals stand behind a comma
	decimalComma                                     string         // one of them
	values                                           map[string]int // counts; nil where there are too many
	distinct                                         int            // at least
}

func columnName(i int) string { return fmt.Sprintf("column%d", i+1) }

// number is the finite number that a cell holds.
func number(cell string) (float64, bool) {
	x, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
	return x, err == nil && !math.IsNaN(x) && !math.IsInf(x, 0)
}

func isNumber(cell string) bool {
	_, is := number(cell)
	return is
}

// isBit says whether a cell holds what a 0/1 column may.
func isBit(cell string) bool {
	_, is := data.Bit(cell)
	return is
}

var decimalComma = regexp.MustCompile(`^[-+]?\d+,\d+$`)

// profiles describes every column of tables with the same columns.
func profiles(columns []string, tables []*table) []*profile {
	all := make([]*profile, len(columns))
	for i, name := range columns {
		p := &profile{name: name, at: i, values: map[string]int{}, least: math.Inf(1), most: math.Inf(-1)}
		for _, t := range tables {
			for _, row := range t.rows {
				p.add(cellAt(row, i))
			}
		}
		all[i] = p
	}
	return all
}

// cellAt is a cell, an empty one where a row of JSON has no such field.
func cellAt(row []cell, i int) cell {
	if i < len(row) {
		return row[i]
	}
	return cell{}
}

func (p *profile) add(c cell) {
	p.rows++
	if c.isList {
		p.lists++
		for _, item := range c.list {
			p.count(strings.TrimSpace(item))
		}
		return
	}
	text := strings.TrimSpace(c.text)
	if text == "" {
		p.empty++
		return
	}
	if c.isText {
		p.texts++
	}
	if x, is := number(text); is {
		p.numbers++
		p.least, p.most = min(p.least, x), max(p.most, x)
		if x == math.Trunc(x) {
			p.wholes++
		}
	}
	if decimalComma.MatchString(text) {
		p.commas, p.decimalComma = p.commas+1, text
	}
	if isBit(text) {
		p.bits++
	}
	p.runes += utf8.RuneCountInString(text)
	p.words += len(strings.Fields(text))
	p.count(text)
}

func (p *profile) count(value string) {
	if p.values == nil {
		return
	}
	p.values[value]++
	p.distinct = len(p.values)
	if p.distinct > manyValues {
		p.values = nil
	}
}

// filled is how many rows have a value.
func (p *profile) filled() int { return p.rows - p.empty }

// varied is the share of the filled rows that are the first with their value.
func (p *profile) varied() float64 {
	if p.values == nil {
		return 1
	}
	return float64(p.distinct) / float64(max(p.filled(), 1))
}

// numeric says whether the column holds numbers, but for a few cells such as NA.
func (p *profile) numeric() bool {
	return p.filled() > 0 && p.lists == 0 && 10*p.numbers >= 9*p.filled()
}

// real says whether the column holds real numbers: not only whole ones, nor ones like 1.0.
func (p *profile) real() bool { return p.numeric() && p.wholes < p.numbers }

// inWords says in a few words what a column holds, for a person who looks for the right one.
func (p *profile) inWords() string {
	switch {
	case p.filled() == 0:
		return p.name + " (empty)"
	case p.lists > 0:
		return fmt.Sprintf("%s (lists of %s)", p.name, screen.Count(p.distinct, "value", "different values"))
	case p.real():
		return fmt.Sprintf("%s (real numbers from %v to %v)", p.name, p.least, p.most)
	case p.commas > 0 && p.commas+p.numbers == p.filled():
		return fmt.Sprintf("%s (numbers with a comma, as %s)", p.name, shown.Quote(p.decimalComma))
	case p.numbers == p.filled() && p.values == nil:
		return fmt.Sprintf("%s (numbers from %v to %v)", p.name, p.least, p.most)
	case p.numbers == p.filled():
		if p.distinct == 1 {
			return fmt.Sprintf("%s (%v in every row)", p.name, p.least)
		}
		return fmt.Sprintf("%s (%d different numbers from %v to %v)", p.name, p.distinct, p.least, p.most)
	case p.values == nil || p.distinct == p.filled():
		return fmt.Sprintf("%s (a different text in every row, of %s)", p.name, p.lengthInWords())
	}
	return fmt.Sprintf("%s (%s, of %s)", p.name, screen.Count(p.distinct, "text in all rows", "different texts"), p.lengthInWords())
}

func (p *profile) lengthInWords() string {
	return screen.Count(int(math.Round(float64(p.words)/float64(p.filled()))), "word", "words")
}

// counts lists a column's values with their rows.
func (p *profile) counts() string {
	var list []string
	for _, value := range slices.Sorted(maps.Keys(p.values)) {
		list = append(list, fmt.Sprintf("%s %s", thousands(p.values[value]), value))
	}
	return strings.Join(list, ", ")
}
