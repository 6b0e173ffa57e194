package search

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func parsed(t interface{ Fatal(...any) }, texts ...string) []Dimension {
	space, err := ParseSpace(texts)
	if err != nil {
		t.Fatal(err)
	}
	return space
}

func TestDrawsAreOfTheSpaceAndExtendOneAnother(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		space := parsed(rt, "train.lr=loguniform(1e-5, 1e-3)", "train.batch=16,32", "train.epochs=int(1,4)", "train.warmup=uniform(0,0.3)")
		n, seed := rapid.IntRange(1, 40).Draw(rt, "trials"), rapid.Uint64().Draw(rt, "seed")
		trials := Draw(space, n, seed)
		if len(trials) != n {
			rt.Fatalf("%d trials of %d", len(trials), n)
		}
		seen := map[string]bool{}
		for _, trial := range trials {
			if seen[strings.Join(trial, " ")] {
				rt.Fatalf("%v is drawn twice", trial)
			}
			seen[strings.Join(trial, " ")] = true
			for i, d := range space {
				value, ok := strings.CutPrefix(trial[i], d.Key+"=")
				if !ok {
					rt.Fatalf("%q is not of %s", trial[i], d.Key)
				}
				if len(d.Values) > 0 {
					if !slices.Contains(d.Values, value) {
						rt.Fatalf("%q is none of %v", value, d.Values)
					}
					continue
				}
				x, err := strconv.ParseFloat(value, 64)
				if err != nil || x < d.Low || x > d.High || d.Whole && x != math.Trunc(x) {
					rt.Fatalf("%s is not from %v to %v (%v)", trial[i], d.Low, d.High, err)
				}
			}
		}
		if diff := cmp.Diff(trials, Draw(space, n+7, seed)[:n]); diff != "" {
			rt.Fatalf("more trials begin otherwise:\n%s", diff)
		}
	})
}

// Half of the draws of a log-uniform number lie below the geometric mean of its bounds, and each whole number is as
// likely as another.
func TestDistributions(t *testing.T) {
	const n = 4000
	below, counts := 0, map[string]int{}
	for _, trial := range Draw(parsed(t, "train.lr=loguniform(1e-6,1e-2)", "train.epochs=int(1,4)"), n, 3) {
		lr, err := strconv.ParseFloat(strings.TrimPrefix(trial[0], "train.lr="), 64)
		if err != nil {
			t.Fatal(err)
		}
		if lr < 1e-4 {
			below++
		}
		counts[trial[1]]++
	}
	if share := float64(below) / n; math.Abs(share-0.5) > 0.03 {
		t.Errorf("%.3f of the rates are below the geometric mean", share)
	}
	for epochs, count := range counts {
		if share := float64(count) / n; math.Abs(share-0.25) > 0.03 || len(counts) != 4 {
			t.Errorf("%s in %.3f of the draws", epochs, share)
		}
	}
}

func TestASmallSpaceEnds(t *testing.T) {
	if trials := Draw(parsed(t, "train.batch=16,32", "method=mt,single"), 20, 1); len(trials) != 4 {
		t.Errorf("%d trials of a space of four: %v", len(trials), trials)
	}
}

func TestSpacesThatAreNone(t *testing.T) {
	for _, bad := range []string{
		"train.lr", "train.lr=", "train.seed=1,2", "tasks.a.data.limit=10,20", "cluster.workers=1,2", "train.lr=1e-5,1e-5", "train.lr=normal(0,1)",
		"train.lr=loguniform(0,1)", "train.lr=uniform(2,1)", "train.epochs=int(1.5,3)", "train.lr=uniform(a,b)", "train.lr=uniform(1,inf)", "train.lr=1e-5,",
	} {
		if _, err := ParseSpace([]string{bad}); !errors.Is(err, ErrSpace) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if _, err := ParseSpace([]string{"train.lr=1,2", "train.lr=3,4"}); !errors.Is(err, ErrSpace) {
		t.Errorf("a key twice: %v", err)
	}
	if _, err := ParseSpace(nil); !errors.Is(err, ErrSpace) {
		t.Errorf("none: %v", err)
	}
}

func TestRungs(t *testing.T) {
	for _, c := range []struct {
		n, eta, rungs int
		want          []Rung
	}{
		{20, 0, 3, []Rung{{20, 1}}},
		{27, 3, 3, []Rung{{27, 1.0 / 9}, {9, 1.0 / 3}, {3, 1}}},
		{20, 3, 3, []Rung{{20, 1.0 / 9}, {7, 1.0 / 3}, {3, 1}}},
		{4, 2, 9, []Rung{{4, 0.25}, {2, 0.5}, {1, 1}}},
		{1, 3, 3, []Rung{{1, 1}}},
	} {
		got := Rungs(c.n, c.eta, c.rungs)
		same := len(got) == len(c.want)
		for i := range got {
			same = same && got[i].Trials == c.want[i].Trials && math.Abs(got[i].Share-c.want[i].Share) < 1e-12
		}
		if !same {
			t.Errorf("%+v: %v", c, got)
		}
	}
	if got := Promoted([]Score{{0, 0.5}, {1, 0.7}, {2, 0.7}, {3, 0.1}}, 2); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("promoted %v", got)
	}
}
