package screen_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jedib0t/go-pretty/v6/text"
	"pgregory.net/rapid"

	"ringmaster/screen"
)

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 texts", 1: "1 text", 2: "2 texts"} {
		if got := screen.Count(n, "text", "texts"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestWrapBreaksBetweenWords(t *testing.T) {
	for _, tc := range []struct {
		in    string
		width int
		want  string
	}{
		{"one two three", 80, "one two three"},
		{"one two three", 0, "one two three"},
		{"one two three", 9, "one two\n  three"},
		{"run  a/very/long/path/that/is/one/word end", 12, "run\n  a/very/long/path/that/is/one/word\n  end"},
		{"  rows       12 (a 6, b 6)", 20, "  rows       12 (a\n  6, b 6)"},
		{"eins\nzwei drei", 5, "eins\nzwei\n  drei"},
		{"漢字 漢字 漢字", 10, "漢字 漢字\n  漢字"},
	} {
		if got := screen.Wrap(tc.in, tc.width, "  "); got != tc.want {
			t.Errorf("%q in %d columns:\n%s\nwant\n%s", tc.in, tc.width, got, tc.want)
		}
	}
}

func TestHangSetsInBelowTheText(t *testing.T) {
	for in, want := range map[string]string{
		"film: 12 rows read (a 6, b 6)":               "film: 12 rows read\n  (a 6, b 6)",
		"  rows       12 (a 6, b 6)\n  x  1 2 3":      "  rows       12 (a\n             6, b 6)\n  x  1 2 3",
		"  valid  1 2 3 4 5 6 7 8\nthe end of it all": "  valid  1 2 3 4 5 6\n         7 8\nthe end of it all",
	} {
		if got := screen.Hang(in, 20); got != want {
			t.Errorf("%q:\n%s\nwant\n%s", in, got, want)
		}
		if got := screen.Hang(in, 0); got != in {
			t.Errorf("without a width: %q", got)
		}
	}
}

func TestWrapKeepsEveryWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.StringMatching(`[a-zä字/.-]{1,12}`)).Draw(t, "words")
		width := rapid.IntRange(1, 40).Draw(t, "width")
		wrapped := screen.Wrap(strings.Join(words, " "), width, "  ")
		if diff := cmp.Diff(append([]string{}, words...), append([]string{}, strings.Fields(wrapped)...)); diff != "" {
			t.Fatalf("words were lost or broken: %s", diff)
		}
		for line := range strings.SplitSeq(wrapped, "\n") {
			if text.StringWidthWithoutEscSequences(line) > width && len(strings.Fields(line)) > 1 {
				t.Fatalf("%q is wider than %d columns", line, width)
			}
		}
	})
}

var wide = screen.Table{
	Header: []string{"system", "difference in F1", "95% interval", "p"},
	Rows:   [][]string{{"MT: sentiment and emotion", "+1.2", "-0.3 to +2.5", "0.120"}, {"alone", "-10.0", "-12.3 to -8.5", "< 0.001"}},
	Texts:  []int{0},
}

func TestTableFits(t *testing.T) {
	for _, tc := range []struct {
		name  string
		width int
		want  string
	}{
		{"as it is", 100, `
 system                     difference in F1   95% interval        p
─────────────────────────────────────────────────────────────────────
 MT: sentiment and emotion              +1.2   -0.3 to +2.5    0.120
 alone                                 -10.0  -12.3 to -8.5  < 0.001`},
		{"broken between words", 50, `
 system        difference   95% interval        p
                    in F1
──────────────────────────────────────────────────
 MT:                 +1.2   -0.3 to +2.5    0.120
 sentiment
 and emotion
 alone              -10.0  -12.3 to -8.5  < 0.001`},
		{"several tables", 30, `
 system         difference in
                           F1
──────────────────────────────
 MT: sentiment           +1.2
 and emotion
 alone                  -10.0

 system          95% interval
──────────────────────────────
 MT: sentiment   -0.3 to +2.5
 and emotion
 alone          -12.3 to -8.5

 system                     p
──────────────────────────────
 MT: sentiment and      0.120
 emotion
 alone                < 0.001`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, "\n"+wide.Render(tc.width)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTableBreaksAWordThatLeavesNoRoom(t *testing.T) {
	long := screen.Table{Header: []string{"task", "F1"}, Rows: [][]string{{"a-name-that-is-as-long-as-a-sentence", "12.3"}}, Texts: []int{0}}
	want := `
 task             F1
─────────────────────
 a-name-that-i  12.3
 s-as-long-as-
 a-sentence`
	if diff := cmp.Diff(want, "\n"+long.Render(21)); diff != "" {
		t.Error(diff)
	}
}

func TestTableLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(30, 120).Draw(t, "width")
		wrapped := wide.Render(width)
		for _, row := range append(wide.Rows, wide.Header) {
			for _, cell := range row {
				for word := range strings.FieldsSeq(cell) {
					if !strings.Contains(wrapped, word) {
						t.Fatalf("%q is missing from\n%s", word, wrapped)
					}
				}
			}
		}
		for line := range strings.SplitSeq(wrapped, "\n") {
			if w := text.StringWidthWithoutEscSequences(line); w > width {
				t.Fatalf("a line of %d columns where there are %d:\n%s", w, width, wrapped)
			}
		}
	})
}
