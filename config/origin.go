package config

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// layer is where a value may come from, the weakest first.
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

// ledger knows where every key was set, and gathers what is wrong with them.
type ledger struct {
	file    string
	origins map[string]origin
	// broken holds keys that a problem was already found with: what follows from
	// that (a required key is missing since its name was misspelt) is not told again.
	broken   map[string]bool
	problems []Problem
	notices  []string // what a person is told of a run that is fine
}

func newLedger(file string) *ledger {
	return &ledger{file: file, origins: map[string]origin{}, broken: map[string]bool{}}
}

// add notes a problem of key, set at from. Its text names the key itself.
func (l *ledger) add(from origin, kind error, key, text string) {
	if !errors.Is(kind, ErrDuplicateKey) { // the first of two is still there to be checked
		l.broken[key] = true
	}
	l.problems = append(l.problems, Problem{Where: l.where(from, key), Key: key, Text: text, Kind: kind, from: from})
}

// report notes a problem found in the values, wherever key was set; a key that is
// missing is told at the section it is missing from. The place of an item in its
// list (KEY[1]) finds the line and is not shown.
func (l *ledger) report(kind error, key, text string) {
	for at := key; at != ""; at = parentOf(at) {
		if l.broken[at] {
			return
		}
	}
	var from origin
	for at, found := key, false; !found && at != ""; at = parentOf(at) {
		from, found = l.origins[at]
	}
	shown := itemPlace.ReplaceAllString(key, "")
	l.problems = append(l.problems, Problem{
		Where: l.where(from, shown), Key: shown, Text: from.written(shown) + ": " + text, Kind: kind, from: from,
	})
}

var itemPlace = regexp.MustCompile(`\[\d+\]$`)

func (l *ledger) where(from origin, key string) string {
	switch {
	case from.layer == inEnvironment:
		return EnvName(cmp.Or(from.as, key))
	case from.layer == inSet:
		return "--set"
	case from.layer == inFlag:
		return "command line"
	case from.line > 0:
		return fmt.Sprintf("%s:%d", l.file, from.line)
	}
	return l.file
}

// err is nil, or the *Problems noted so far.
func (l *ledger) err() error {
	if len(l.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(l.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.from.layer, b.from.layer), cmp.Compare(a.from.line, b.from.line))
	})
	return &Problems{List: l.problems}
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
