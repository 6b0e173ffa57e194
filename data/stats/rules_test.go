package stats

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNounPhrases(t *testing.T) {
	for text, want := range map[string][]string{
		"My closest childhood friend died.":        {"my closest childhood friend"},
		"a lot of people":                          {"a lot of people"},
		"the rest of the world":                    {"rest of the world"},
		"They want to help poor sick people":       nil,                             // help is a verb; three words are left
		"stage four breast cancer patients":        {"four breast cancer patients"}, // it ends where the phrase does
		"the city, council house and home":         nil,                             // punctuation and "and" part phrases
		"I really feel the dying young men":        {"the dying young men"},
		"United States of America":                 {"united states of america"},
		"He slowly walked home alone yesterday":    nil,
		"the post-war news story <URL> people now": {"post war news story"},
	} {
		if diff := cmp.Diff(want, nounPhrases(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestQuantiles(t *testing.T) {
	list := make([]int, 100)
	for i := range list {
		list[99-i] = i + 1
	}
	got := lengthsOf(list)
	if got.P5 != 5 || got.P25 != 25 || got.P50 != 50 || got.P75 != 75 || got.P99 != 99 || got.Max != 100 || got.Min != 1 || got.Mean != 50.5 {
		t.Errorf("got %+v", got)
	}
	if got := lengthsOf([]int{7}); got.P5 != 7 || got.P99 != 7 || got.SD != 0 {
		t.Errorf("of one text: %+v", got)
	}
	if got := lengthsOf(nil); got != (Lengths{}) {
		t.Errorf("of no text: %+v", got)
	}
}

func TestAxis(t *testing.T) {
	long := make([]int, 1000)
	for i := range long {
		long[i] = 10
	}
	long[999] = 5000
	for name, test := range map[string]struct {
		lengths []int
		want    axis
	}{
		"all shown":              {[]int{1, 20, 30}, axis{1, 31}},
		"one far out is not":     {long, axis{1, 11}},
		"wide bins, whole words": {[]int{1, 100, 140}, axis{4, 144}},
		"nothing":                {nil, axis{1, 2}},
	} {
		if got := axisFor(test.lengths); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
	for end, want := range map[float64]int{9: 10, 31: 7, 144: 8, 1000: 11} {
		if got := len(wholeNumbers{}.Ticks(0, end)); got != want {
			t.Errorf("up to %v there are %d ticks, want %d", end, got, want)
		}
	}
}
