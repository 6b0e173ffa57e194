package infer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ringmaster/errkind"
	"ringmaster/shown"
)

// roles says which columns of a corpus are what.
type roles struct {
	text  *profile
	pair  *profile // of second texts; nil where a row has one
	label labelling
	group *profile
	part  *profile
	all   []*profile
	notes struct{ text, group []string } // what else could have been meant
}

// find decides the roles of a corpus's columns; what the user has named is taken as it is.
func (c *corpus) find(o Options) (*roles, error) {
	r := &roles{all: profiles(c.columns, c.learnt())}
	if c.tables[0].plain() {
		return r, nil
	}
	var err error
	if r.text, err = c.findText(r, o.Text); err != nil {
		return nil, err
	}
	if err := c.findPair(r, o); err != nil {
		return nil, err
	}
	c.findPart(r)
	if !o.unlabelled() {
		if r.label, err = c.findLabel(r, o); err != nil {
			return nil, err
		}
	}
	r.group, err = c.findGroup(r, o)
	return r, err
}

func (c *corpus) column(r *roles, option, name string) (*profile, error) {
	for _, p := range r.all {
		if p.name == name {
			return p, nil
		}
	}
	return nil, errkind.Errorf(ErrColumn, "%s names the column %s, and %s has %s", option, shown.Quote(name), c.tables[0].name, quoted(c.columns))
}

// quoted lists names for a person.
func quoted(names []string) string {
	var list []string
	for _, n := range names[:min(len(names), 40)] {
		list = append(list, shown.Quote(n))
	}
	if more := len(names) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("%d more", more))
	}
	return strings.Join(list, ", ")
}

// findText is the column with the longest varied texts; a usual name counts as half as many words again.
func (c *corpus) findText(r *roles, named string) (*profile, error) {
	if named != "" {
		p, err := c.column(r, "--text", named)
		if err == nil && p.texts == 0 {
			err = errkind.Errorf(ErrColumn, "--text names the column %s, and its cells are no text in %s: %s", named, c.tables[0].name, p.inWords())
		}
		return p, err
	}
	score := func(p *profile) float64 {
		if p.texts == 0 || p.lists > 0 || p.numbers*2 > p.filled() {
			return 0
		}
		s := float64(p.words) / float64(p.rows) * min(1, 2*p.varied())
		if p.distinct < 2 {
			return 0
		}
		if called(p.name, textNames) > 0 {
			s = s*1.5 + 0.5
		}
		return s
	}
	ranked := slices.Clone(r.all)
	slices.SortStableFunc(ranked, func(a, b *profile) int { return cmp.Compare(score(b), score(a)) })
	if len(ranked) == 0 || score(ranked[0]) <= 0 {
		var looked []string
		for _, p := range r.all {
			looked = append(looked, p.inWords())
		}
		return nil, errkind.Errorf(ErrNoText, "%s has no column that looks like texts: it has %s; name it with --text", c.tables[0].name, strings.Join(looked, ", "))
	}
	for i, p := range ranked { // of texts of nearly one length the better name counts: sentence1, not sentence2
		if score(p) > 0.6*score(ranked[0]) && called(p.name, textNames) > called(ranked[0].name, textNames) {
			ranked[0], ranked[i] = ranked[i], ranked[0]
		}
	}
	for _, p := range ranked[1:] {
		if score(p) > score(ranked[0])/4 && p.words > 3*p.filled() {
			r.notes.text = append(r.notes.text, p.name)
		}
	}
	return ranked[0], nil
}

// findPart is a column whose values name the parts.
func (c *corpus) findPart(r *roles) {
	if len(c.tables) > 0 && slices.ContainsFunc(c.tables, func(t *table) bool { return t.part != "" }) {
		return
	}
	for _, p := range r.all {
		if r.isText(p) || p.values == nil || p.distinct < 2 || p.distinct > 3 || p.empty > 0 || p.lists > 0 {
			continue
		}
		trains, parts := false, true
		for value := range p.values {
			part := partWords[strings.ToLower(value)]
			trains = trains || part == trainPart
			parts = parts && part != ""
		}
		if trains && parts {
			r.part = p
			return
		}
	}
}

// findGroup is a column that names what several rows have in common, an article, an author, a dialogue: where such rows come
// into two parts, the score is one of texts that the model knows in other words.
func (c *corpus) findGroup(r *roles, o Options) (*profile, error) {
	if o.Group != "" {
		p, err := c.column(r, "--group", o.Group)
		switch {
		case err != nil:
			return nil, err
		case p == r.text && r.pair == nil || slices.Contains(r.label.columns(), p.name):
			return nil, errkind.Errorf(ErrColumn, "--group names %s, which is the column of the text or label: name one such as the article or the author", o.Group)
		}
		return p, nil
	}
	var found []*profile
	for _, p := range r.all {
		if r.isText(p) || p == r.part || slices.Contains(r.label.columns(), p.name) || p.values == nil || p.lists > 0 {
			continue
		}
		if called(p.name, groupNames) > 0 && p.empty == 0 && !p.real() && p.distinct >= 10 && p.groups() {
			found = append(found, p)
		}
	}
	slices.SortStableFunc(found, func(a, b *profile) int {
		return cmp.Compare(groupRank(b.name), groupRank(a.name))
	})
	if len(found) == 0 {
		return nil, nil
	}
	for _, p := range found[1:] {
		r.notes.group = append(r.notes.group, fmt.Sprintf("%s (%d values)", p.name, p.distinct))
	}
	return found[0], nil
}

// groupRank is how well a name is that of a group; the word before an id counts: article_id.
func groupRank(name string) int {
	best := 0
	for _, word := range words.FindAllString(splitCase(name), -1) {
		if at := slices.Index(groupNames, strings.ToLower(word)); at >= 0 {
			best = max(best, len(groupNames)-at)
		}
	}
	return best
}

// groups says whether at least half of the rows share their value with another, and no value has half of the rows.
func (p *profile) groups() bool {
	shared, largest := 0, 0
	for _, n := range p.values {
		if n > 1 {
			shared += n
		}
		largest = max(largest, n)
	}
	return 2*shared >= p.filled() && 2*largest < p.filled()
}
