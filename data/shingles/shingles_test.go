package shingles_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ringmaster/data/shingles"
)

func TestWords(t *testing.T) {
	v := shingles.Vocabulary{}
	whole := v.Words("It’s SO sad a film, so sad!")
	for text, want := range map[string]bool{
		"so sad a film": true, "it's so": true, "Sad film": false, "film so sad": true, "so sad!": true,
		"it's so sad a film so sad it": false, "new": false,
	} {
		if got := whole.Contains(v.Words(text)); got != want {
			t.Errorf("%q stands in it: %v", text, got)
		}
	}
	one, other := v.Words("a b c d e f g h i j k"), v.Words("a b c d e X g h i j k")
	if !shingles.Near(one.Set(nil), other.Set(nil)) || shingles.Near(one[:10].Set(nil), other[:10].Set(nil)) {
		t.Error("one word of eleven may differ, and of ten not in the middle")
	}
}

// TestTogether compares with joining whatever stands inside another, as strings, again and
// again until nothing changes.
func TestTogether(t *testing.T) {
	joined := 0
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}), 0, 14)
		var texts []string
		for _, list := range rapid.SliceOfN(words, 1, 14).Draw(rt, "texts") {
			texts = append(texts, strings.Join(list, " "))
			if len(list) > 5 {
				from := rapid.IntRange(0, len(list)-4).Draw(rt, "from")
				texts = append(texts, strings.ToUpper(strings.Join(list[from:rapid.IntRange(from+3, len(list)).Draw(rt, "to")], ", ")))
			}
		}
		want := make([]int, len(texts))
		for i := range want {
			want[i] = i
		}
		plain := func(text string) string {
			return " " + strings.ReplaceAll(strings.ToLower(text), ",", "") + " "
		}
		for changed := true; changed; {
			changed = false
			for i, a := range texts {
				for j, b := range texts {
					if len(strings.Fields(a)) >= 4 && strings.Contains(plain(b), plain(a)) && want[i] != want[j] {
						want[i], want[j], changed = min(want[i], want[j]), min(want[i], want[j]), true
					}
				}
			}
		}
		got := shingles.Together(texts)
		for i := range texts {
			if want[i] != i {
				joined++
			}
			for j := range texts {
				if (got[i] == got[j]) != (want[i] == want[j]) {
					rt.Fatalf("%q and %q are together: %v", texts[i], texts[j], got[i] == got[j])
				}
			}
		}
	})
	if joined == 0 {
		t.Error("nothing was ever together")
	}
	if diff := cmp.Diff(0, len(shingles.Together(nil))); diff != "" {
		t.Error(diff)
	}
}

// Texts of one word again and again, and the same text again and again, take no longer than others.
func TestTogetherOfManyAlike(t *testing.T) {
	var texts []string
	for i := range 20_000 {
		texts = append(texts, strings.Repeat("ha ", i%50), "that must have been hard for you")
	}
	start := time.Now()
	numbers := map[int]bool{}
	for _, n := range shingles.Together(texts) {
		numbers[n] = true
	}
	if took := time.Since(start); took > 3*time.Minute { // a fraction of that on a machine that nobody else uses
		t.Errorf("%v", took)
	}
	if want := 1 + 1 + 4*400; len(numbers) != want { // "", "ha", "ha ha" and "ha ha ha" are too short
		t.Errorf("%d groups, want %d", len(numbers), want)
	}
}
