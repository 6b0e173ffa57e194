package leak

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/data"
)

// Pairs that have a text in common with a pair of another part are counted, text by text; single texts are not.
func TestSides(t *testing.T) {
	train := []string{data.JoinTexts("I lost my job", "oh"), data.JoinTexts("my dog died", "I am so sorry")}
	test := []string{data.JoinTexts("I lost my job", "that is hard"), data.JoinTexts("I moved", "oh"), data.JoinTexts("oh", "my dog died"), data.JoinTexts("I lost my job", "I am so sorry")}
	report := find(t, corpusOf(train, nil, test))
	if diff := cmp.Diff(&Sides{First: 2, Second: 2}, report.Pairs[0].Sides); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	if text := report.String(); !strings.Contains(text, "of 4 test pairs, 2 (50.0%) have a first text that a train pair has too, and 2 (50.0%) a second one") || !strings.Contains(text, "split.group") {
		t.Errorf("the report is\n%s", text)
	}
	if p := find(t, corpusOf([]string{"a"}, nil, []string{"a"})).Pairs[0]; p.Sides != nil {
		t.Errorf("single texts: %+v", p.Sides)
	}
}

// What a report shows of a pair has no zero byte.
func TestPairsAreShown(t *testing.T) {
	pair := data.JoinTexts("I lost my job today", "that is hard to hear")
	report := find(t, corpusOf([]string{pair + " indeed"}, nil, []string{pair}))
	if first := report.Pairs[0].Contained.First; first == nil || first.Text != "I lost my job today ||| that is hard to hear" {
		t.Errorf("got %+v", first)
	}
}
