package infer

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"ringmaster/config"
)

// corpus is the tables that become one task: parts of one corpus by their names, or files of equal columns.
type corpus struct {
	name    string
	columns []string
	tables  []*table
	// rename says that the files name their columns differently, or not distinctly, so that the run file names them.
	rename  bool
	classes map[string][]string // names of classes by column
	names   *table              // a file with a name a line, which may be those of numbered classes
	notes   []string
}

// group puts tables together to corpora, in the order of the tables. A file of names is kept aside.
func group(tables []*table) []*corpus {
	tables, names := apart(tables)
	var all []*corpus
	byKey := map[string]*corpus{}
	for _, t := range tables {
		key := keyOf(t)
		c := byKey[key]
		if c == nil || t.folder == "" && t.part == "" && !isShard(t) {
			c = &corpus{columns: slices.Clone(t.columns), classes: map[string][]string{}, names: names}
			all, byKey[key] = append(all, c), c
		}
		c.add(t)
	}
	all = joinTrain(all)
	for _, c := range all {
		c.name = c.nameOf()
		c.ownClasses()
	}
	return all
}

// keyOf is equal for tables of one corpus: of one folder, one number of columns, and names that differ in the part or
// the number of a shard alone; in a named folder of files without parts, of equal columns.
func keyOf(t *table) string {
	dir := filepath.Dir(t.at)
	if partWords[strings.ToLower(filepath.Base(dir))] != "" {
		dir = filepath.Dir(dir)
	}
	width := fmt.Sprint(len(t.columns))
	if t.format == config.JSONL { // whose rows may lack fields
		width = ""
	}
	key := []string{dir, string(t.format), string(t.delimiter), width}
	switch {
	case t.part != "":
		key = append(key, "parts", t.stem)
	case t.folder != "":
		key = append(key, append([]string{"columns"}, t.columns...)...)
	default:
		key = append(key, "file", t.stem)
	}
	return strings.Join(key, "\x00")
}

// isShard says whether a file's name ends in the number of a shard.
func isShard(t *table) bool { s := stem(t.at); return withoutShard(s) != s }

func (c *corpus) add(t *table) {
	if !slices.Equal(c.columns, t.columns) {
		if t.format == config.JSONL {
			c.unite(t)
		} else {
			c.rename = true
		}
	}
	c.rename = c.rename || t.doubled && t.header
	c.tables = append(c.tables, t)
}

// unite gives a table of JSON the columns of the others, in their order.
func (c *corpus) unite(t *table) {
	for _, name := range t.columns {
		if !slices.Contains(c.columns, name) {
			c.columns = append(c.columns, name)
		}
	}
	for i, row := range t.rows {
		ordered := make([]cell, len(c.columns))
		for j, value := range row {
			ordered[slices.Index(c.columns, t.columns[j])] = value
		}
		t.rows[i] = ordered
	}
	t.columns = c.columns
}

// joinTrain gives parts without a training file to the one corpus beside them that has one: test-gold.csv to train.csv,
// and data_test.csv to data.csv.
func joinTrain(all []*corpus) []*corpus {
	for _, parts := range all {
		if parts.tables[0].part == "" || parts.part(trainPart) != nil {
			continue
		}
		var beside []*corpus
		for _, c := range all {
			t, p := c.tables[0], parts.tables[0]
			if c != parts && (t.part == "" || c.part(trainPart) != nil) && filepath.Dir(t.at) == filepath.Dir(p.at) && t.format == p.format && len(c.columns) == len(parts.columns) && !t.plain() {
				beside = append(beside, c)
			}
		}
		if len(beside) != 1 {
			continue
		}
		whole := beside[0]
		for _, t := range whole.tables {
			if t.part == "" {
				t.part = trainPart
			}
		}
		for _, t := range parts.tables {
			whole.add(t)
		}
		all = slices.DeleteFunc(all, func(c *corpus) bool { return c == parts })
		return joinTrain(all)
	}
	return all
}

// part are the tables of a part.
func (c *corpus) part(name string) []*table {
	var tables []*table
	for _, t := range c.tables {
		if t.part == name {
			tables = append(tables, t)
		}
	}
	return tables
}

// learnt are the tables whose rows say what the columns are: those of training, else all.
func (c *corpus) learnt() []*table {
	if train := c.part(trainPart); train != nil {
		return train
	}
	return c.tables
}

// nameOf makes the task's name of the files' names, else of their folder's.
func (c *corpus) nameOf() string {
	t := c.tables[0]
	if len(c.tables) > 1 && t.part == "" {
		t = &table{source: source{at: t.at, folder: t.folder}} // the first of several does not name them all
	}
	for _, candidate := range []string{t.stem, filepath.Base(t.folder), filepath.Base(filepath.Dir(absolute(t.at)))} {
		if name := taskName(candidate); name != "" && name != "data" && candidate != "." && partWords[name] == "" {
			return name
		}
	}
	return "task"
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// ownClasses gathers the names of classes that the files themselves say, or what lies beside them.
func (c *corpus) ownClasses() {
	for _, t := range c.tables {
		for column, names := range t.classes {
			c.classes[column] = names
		}
	}
	if len(c.classes) > 0 {
		return
	}
	dir := filepath.Dir(c.tables[0].at)
	if filepath.Base(dir) == "data" {
		dir = filepath.Dir(dir)
	}
	c.classes = classesBeside(dir)
}

// mostNames and longestLabel bound what may be a file of names.
const (
	mostNames    = 1000
	longestLabel = 40
)

// apart takes out a file with one short name a line, where there are tables beside it.
func apart(tables []*table) (others []*table, names *table) {
	for _, t := range tables {
		if names == nil && t.format == config.Lines && len(tables) > 1 && areNames(t) {
			names = t
			continue
		}
		others = append(others, t)
	}
	if slices.ContainsFunc(others, func(t *table) bool { return !t.plain() }) {
		return others, names
	}
	return tables, nil
}

func areNames(t *table) bool {
	met := map[string]bool{}
	for _, row := range t.rows {
		name := row[0].text
		if met[name] || len(name) > longestLabel || len(strings.Fields(name)) > 4 || isNumber(name) {
			return false
		}
		met[name] = true
	}
	return len(t.rows) > 1 && len(t.rows) <= mostNames
}
