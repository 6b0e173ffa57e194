package words_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/data/words"
)

func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		"I don't know.":                {"I", "don't", "know"},
		"It’s 3.5 °C, well-known 😀":    {"It’s", "3.5", "C", "well", "known"},
		"#cancer <URL> <USER>, (yes)!": {"cancer", "URL", "USER", "yes"},
		"  ... ":                       nil,
		"naïve café":                   {"naïve", "café"},
	} {
		if diff := cmp.Diff(want, words.Of(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	if got := words.Fold("DON’T"); got != "don't" {
		t.Errorf("Fold gives %q", got)
	}
}

func TestSentences(t *testing.T) {
	for text, want := range map[string]int{
		"":                           0,
		"...":                        0,
		"Oh":                         1,
		"Oh no! So sad. Why?":        3,
		"One line\nanother line":     2,
		"It costs 3.5 pounds. Yes.":  2,
		"so sad. so sorry":           1, // the full stop of an abbreviation, for all that is known
		"“Go!” he said. Nobody did.": 3, // an exclamation mark ends one whatever follows
	} {
		if got := words.Sentences(text); got != want {
			t.Errorf("%q has %d sentences, want %d", text, got, want)
		}
	}
}

func TestRuns(t *testing.T) {
	got := words.Runs("The well-known man, who left - alone. <USER> Saw him")
	want := [][]string{{"The", "well", "known", "man"}, {"who", "left"}, {"alone"}, {"USER"}, {"Saw", "him"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
