package infer

import (
	"fmt"
	"slices"
	"strings"

	"ringmaster/data"
	"ringmaster/data/leak"
	"ringmaster/errkind"
)

// pairNames are what the columns of two texts that belong together are usually called. They are compared without signs
// between their words, and a first name may have a word before it: seekerpost of seeker_post.
var pairNames = [][2]string{
	{"premise", "hypothesis"}, {"question", "sentence"}, {"question", "passage"}, {"question", "context"}, {"question", "answer"},
	{"query", "passage"}, {"query", "document"}, {"prompt", "utterance"}, {"prompt", "response"}, {"prompt", "completion"},
	{"context", "response"}, {"post", "response"}, {"post", "reply"}, {"post", "comment"}, {"seekerpost", "responsepost"},
	{"seeker", "response"}, {"claim", "evidence"}, {"headline", "body"}, {"text", "textpair"}, {"tweet", "reply"}, {"parent", "comment"},
}

// enumerated are the ends of two names that are alike otherwise: sentence1 and sentence2.
var enumerated = [][2]string{{"1", "2"}, {"a", "b"}}

// namedAsPair says whether two columns' names are those of two texts that belong together.
func namedAsPair(first, second string) bool {
	plain := strings.NewReplacer("_", "", "-", "", ".", "", " ", "")
	first, second = plain.Replace(strings.ToLower(first)), plain.Replace(strings.ToLower(second))
	for _, ends := range enumerated {
		a, isFirst := strings.CutSuffix(first, ends[0])
		b, isSecond := strings.CutSuffix(second, ends[1])
		if isFirst && isSecond && a == b && a != "" {
			return true
		}
	}
	for _, names := range pairNames {
		if names == [2]string{first, second} {
			return true
		}
	}
	return false
}

// findPair is the column of second texts, where the user names one, or the names of two columns of texts say that they
// belong together. The first text is then the other of the two.
func (c *corpus) findPair(r *roles, o Options) error {
	if o.TextPair != "" {
		p, err := c.column(r, "--text-pair", o.TextPair)
		switch {
		case err != nil:
			return err
		case p == r.text:
			return errkind.Errorf(ErrColumn, "--text-pair names %s, which is the column of the first text: name the other with --text", o.TextPair)
		case p.texts == 0:
			return errkind.Errorf(ErrColumn, "--text-pair names the column %s, and its cells are no text in %s: %s", o.TextPair, c.tables[0].name, p.inWords())
		}
		r.pair = p
		return nil
	}
	if o.Text != "" || o.unlabelled() {
		return nil
	}
	for _, first := range r.all {
		for _, second := range r.all {
			if first != second && (first == r.text || second == r.text) && namedAsPair(first.name, second.name) &&
				first.asTexts() && second.asTexts() && !slices.Contains(o.Label, first.name) && !slices.Contains(o.Label, second.name) {
				r.text, r.pair = first, second
				return nil
			}
		}
	}
	return nil
}

// asTexts says whether a column's cells are texts that vary.
func (p *profile) asTexts() bool {
	return p.texts > 0 && p.lists == 0 && 2*p.numbers <= p.filled() && p.words >= 2*p.filled() && p.distinct > min(20, p.filled()/4)
}

// isText says whether a column is that of a text, the second one too.
func (r *roles) isText(p *profile) bool { return p == r.text || p == r.pair && p != nil }

// texts says what a row's texts are called.
func (r *roles) texts() string {
	if r.pair == nil {
		return scalar(r.text.name)
	}
	return flow([]string{r.text.name, r.pair.name})
}

// textOf is a row's text, or both of them; empty where one is missing.
func (r *roles) textOf(row []cell) string {
	if r.text == nil {
		return cellAt(row, 0).text
	}
	first := cellAt(row, r.text.at).text
	if r.pair == nil {
		return first
	}
	second := cellAt(row, r.pair.at).text
	if first == "" || second == "" {
		return ""
	}
	return data.JoinTexts(first, second)
}

// splitByText keeps pairs with one first text together where many of them would come into two parts.
func (d *draft) splitByText(found leak.Pair) bool {
	if d.pair == nil || found.Sides == nil || found.Rows < 20 {
		return false
	}
	share := float64(found.Sides.First) / float64(found.Rows)
	if share <= telling {
		return false
	}
	d.group, d.roles.group = d.text.name, d.text
	d.leaks = fmt.Sprintf("split at random, %.0f%% of the rows of %s would have a %s that a training row has", 100*share, found.Tested, d.text.name)
	return true
}
