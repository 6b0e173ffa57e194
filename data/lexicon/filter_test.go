package lexicon_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/config"
	"ringmaster/data/lexicon"
)

func newFilter(t *testing.T, format config.Format, choice lexicon.Choice) *lexicon.Filter {
	t.Helper()
	m, err := lexicon.Choose(mustRead(t, small), choice)
	if err != nil {
		t.Fatal(err)
	}
	return &lexicon.Filter{Matcher: m, Tally: lexicon.NewTally(), Format: format, Column: "text"}
}

func TestFiltering(t *testing.T) {
	tests := []struct {
		name   string
		format config.Format
		files  []string
		want   string
		tally  lexicon.Tally
	}{
		{
			"lines", lexicon.Lines, []string{"\xef\xbb\xbfheal my cancer\r\n\nheal\nCancer, and GRIEVE", "nothing\n\xff heal\n"},
			"heal my cancer\nCancer, and GRIEVE\n",
			lexicon.Tally{Texts: 4, Kept: 2, NoWord: 1, NoRequired: 1, Blank: 1, Bad: 1, BadRows: []string{"b:2: the text is not UTF-8"}},
		},
		{
			"csv, columns and quotes kept", config.CSV,
			[]string{"id,text\n1,\"heal, \"\"dear\"\"\ncancer\"\n2\n3,none\n", "id,text\n4,grieve cancer\n5,aid\n"},
			"id,text\n1,\"heal, \"\"dear\"\"\ncancer\"\n4,grieve cancer\n",
			lexicon.Tally{Texts: 4, Kept: 2, NoWord: 1, NoRequired: 1, Bad: 1, BadRows: []string{"a:4: wrong number of fields"}},
		},
		{
			"tsv, line by line", config.TSV, []string{"text\tid\nheal \"cancer\t1\nshort\n", "text\tid\nheal cancer\t2\n"},
			"text\tid\nheal \"cancer\t1\nheal cancer\t2\n",
			lexicon.Tally{Texts: 2, Kept: 2, Bad: 1, BadRows: []string{"a:3: 1 field instead of 2"}},
		},
		{
			"jsonl", config.JSONL, []string{`{"text": "heal cancer", "x": 1}` + "\n{}\nno\n" + `{"text": "x"}`},
			`{"text": "heal cancer", "x": 1}` + "\n",
			lexicon.Tally{Texts: 2, Kept: 1, NoWord: 1, Bad: 2, BadRows: []string{`a:2: the field "text" is not text`, "a:3: it is not a JSON object"}},
		},
		{
			"a JSON array, and lines that are not UTF-8", config.JSON, []string{"\n [{\"text\": \"heal cancer\",\n \"x\": 1}, 7, {\"text\": \"x\"}]", "{\"text\": \"heal cancer \xe9\"}\n"},
			`{"text":"heal cancer","x":1}` + "\n",
			lexicon.Tally{Texts: 2, Kept: 1, NoWord: 1, Bad: 2, BadRows: []string{"a:2: it is not a JSON object", "b:1: it is not UTF-8"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFilter(t, tt.format, lexicon.Choice{Require: []string{"cancer"}})
			var out strings.Builder
			for i, content := range tt.files {
				if err := f.Copy(&out, string(rune('a'+i)), strings.NewReader(content)); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tt.want, out.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if tt.tally.BadRows == nil {
				tt.tally.BadRows = []string{}
			}
			got := *f.Tally
			want := tt.tally
			if got.Texts != want.Texts || got.Kept != want.Kept || got.NoWord != want.NoWord || got.NoRequired != want.NoRequired ||
				got.Blank != want.Blank || got.Bad != want.Bad || !cmp.Equal(got.BadRows, want.BadRows) {
				t.Errorf("tally\n%+v, want\n%+v", got, want)
			}
		})
	}
}

func TestTallyOfWords(t *testing.T) {
	f := newFilter(t, lexicon.Lines, lexicon.Choice{Require: []string{"cancer", "flu"}})
	if err := f.Copy(&strings.Builder{}, "a", strings.NewReader("heal heal cancer\nheal aid flu cancer\naid\n")); err != nil {
		t.Fatal(err)
	}
	f.Tally.Close()
	if diff := cmp.Diff([]lexicon.WordTexts{{Word: "heal", Texts: 2}, {Word: "aid", Texts: 1}}, f.Tally.Words); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]lexicon.WordTexts{{Word: "cancer", Texts: 2}, {Word: "flu", Texts: 1}}, f.Tally.Required); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFilesThatCannotBeFiltered(t *testing.T) {
	for content, format := range map[string]config.Format{"id,body\n1,x\n": config.CSV, "": config.CSV, "id\tbody\n": config.TSV, " \n": config.TSV} {
		f := newFilter(t, format, lexicon.Choice{})
		if err := f.Copy(&strings.Builder{}, "a", strings.NewReader(content)); !errors.Is(err, lexicon.ErrInput) {
			t.Errorf("%q gives %v", content, err)
		}
	}
	f := newFilter(t, config.CSV, lexicon.Choice{})
	if err := f.Copy(&strings.Builder{}, "a", strings.NewReader("id,text\n")); err != nil {
		t.Fatal(err)
	}
	if err := f.Copy(&strings.Builder{}, "b", strings.NewReader("text,id\n")); !errors.Is(err, lexicon.ErrInput) {
		t.Errorf("another header gives %v", err)
	}
}
