package config

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// layer is a source of values, in order of increasing precedence.
type layer int

const (
	inFile layer = iota
	inEnvironment
	inSet
	inFlag
)

// origin is where one key's value was set.
type origin struct {
	layer layer
	line  int    // in the file; 0 is the file as a whole
	as    string // the former name of the key, where it was given by that
}

// diagnostics records where every key was set, and collects the problems found.
type diagnostics struct {
	file    string
	origins map[string]origin
	// broken holds keys with a reported problem. What follows from it (a required key is
	// missing because its name was misspelt) is not reported again.
	broken   map[string]bool
	problems []Problem
	notices  []string // see LoadOptions.Notice
}

func newDiagnostics(file string) *diagnostics {
	return &diagnostics{file: file, origins: map[string]origin{}, broken: map[string]bool{}}
}

// add notes a problem of key, set at from. Its text names the key itself.
func (d *diagnostics) add(from origin, kind error, key, text string) {
	if !errors.Is(kind, ErrDuplicateKey) { // the first of two is still there to be checked
		d.broken[key] = true
	}
	d.problems = append(d.problems, Problem{Where: d.where(from, key), Key: key, Text: text, Kind: kind, from: from})
}

// report notes a problem of a key's value at the place where the key was set; a missing key
// is reported at its section. The index of a list item (KEY[1]) finds the line and is not shown.
func (d *diagnostics) report(kind error, key, text string) {
	for at := key; at != ""; at = parentOf(at) {
		if d.broken[at] {
			return
		}
	}
	var from origin
	for at, found := key, false; !found && at != ""; at = parentOf(at) {
		from, found = d.origins[at]
	}
	shown := itemPlace.ReplaceAllString(key, "")
	d.problems = append(d.problems, Problem{
		Where: d.where(from, shown), Key: shown, Text: from.written(shown) + ": " + text, Kind: kind, from: from,
	})
}

var itemPlace = regexp.MustCompile(`\[\d+\]$`)

func (d *diagnostics) where(from origin, key string) string {
	switch {
	case from.layer == inEnvironment:
		return EnvName(cmp.Or(from.as, key))
	case from.layer == inSet:
		return "--set"
	case from.layer == inFlag:
		return "command line"
	case from.line > 0:
		return fmt.Sprintf("%s:%d", d.file, from.line)
	}
	return d.file
}

// err is nil, or the *Problems noted so far.
func (d *diagnostics) err() error {
	if len(d.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(d.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.from.layer, b.from.layer), cmp.Compare(a.from.line, b.from.line))
	})
	return &Problems{List: d.problems}
}

// parentOf cuts the last step off a key's path: a.b[1] → a.b → a → "".
func parentOf(key string) string {
	return key[:max(0, strings.LastIndexAny(key, ".["))]
}

func join(section, name string) string {
	if section == "" {
		return name
	}
	return section + "." + name
}
