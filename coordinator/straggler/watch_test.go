package straggler

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// load is what a rank's steps are made of, in seconds.
type load struct{ compute, transit, exposed float64 }

// feed gives the watch steps whose numbers vary by a fifth, and returns all findings.
func feed(w *Watch, steps int, ranks ...load) []Finding {
	random := rand.New(rand.NewPCG(1, 2))
	var all []Finding
	for range steps {
		samples := make([]Sample, len(ranks))
		for rank, l := range ranks {
			vary := 0.9 + 0.2*random.Float64()
			samples[rank] = Sample{
				Worker: string(rune('a' + rank)), Compute: vary * l.compute, InTransit: vary * l.transit, Exposed: vary * l.exposed, Total: 0.2,
			}
		}
		all = append(all, w.Step(samples)...)
	}
	return all
}

// working are ranks that do nothing but their own work.
func working(compute ...float64) (ranks []load) {
	for _, c := range compute {
		ranks = append(ranks, load{compute: c})
	}
	return ranks
}

// linked are ranks whose work is equal; transits are their links'.
func linked(exposed float64, transits ...float64) (ranks []load) {
	for _, t := range transits {
		ranks = append(ranks, load{0.1, t, exposed})
	}
	return ranks
}

func TestASlowRankIsNamedOnce(t *testing.T) {
	for world := 2; world <= 4; world++ {
		compute := make([]float64, world)
		for rank := range compute {
			compute[rank] = 0.1
		}
		compute[1] = 0.2
		found := feed(NewWatch(), 100, working(compute...)...)
		if len(found) != 1 || found[0].Worker != "b" || found[0].Rank != 1 || found[0].Fault != Compute || found[0].Times < 1.7 || found[0].Times > 2.3 {
			t.Errorf("world %d: %v", world, found)
		}
	}
}

func TestASlowLinkIsNamedByItsEnds(t *testing.T) {
	found := feed(NewWatch(), 100, linked(0.1, 0.001, 0.002, 0.09)...)
	if len(found) != 1 || found[0].Fault != Link || found[0].Worker != "c" || found[0].Right != "a" || found[0].Share < 0.4 || found[0].Share > 0.5 {
		t.Fatalf("%v", found)
	}
	if text := found[0].String(); !strings.Contains(text, "rank 2 (worker c) to rank 0 (worker a)") {
		t.Error(text)
	}
	if found := feed(NewWatch(), 100, linked(0.1, 0.09, 0.001)...); len(found) != 1 || found[0].Worker != "a" || found[0].Right != "b" {
		t.Errorf("of two: %v", found)
	}
}

// Several links can be slow, as long as most are not.
func TestEverySlowLinkIsNamed(t *testing.T) {
	found := feed(NewWatch(), 100, linked(0.15, 0.06, 0.001, 0.09, 0.001)...)
	if len(found) != 2 || found[0].Worker != "a" || found[1].Worker != "c" {
		t.Errorf("%v", found)
	}
	if found := feed(NewWatch(), 100, linked(0.15, 0.09, 0.1, 0.095)...); len(found) > 0 {
		t.Errorf("all are alike: %v", found)
	}
}

func TestALinkThatCostsNothingIsNotNamed(t *testing.T) {
	if found := feed(NewWatch(), 100, linked(0.01, 0.001, 0.09, 0.001)...); len(found) > 0 {
		t.Errorf("the backward pass hides it: %v", found)
	}
	if found := feed(NewWatch(), 100, linked(0.1, 0.001, 0.03, 0.001)...); len(found) > 0 {
		t.Errorf("a small part of a step: %v", found)
	}
}

// A rank that is short of processor time answers late too, which is not its links' fault.
func TestOfASlowRankTheLinksAreNotNamed(t *testing.T) {
	ranks := linked(0.15, 0.001, 0.06, 0.001, 0.06)
	ranks[2].compute = 0.3
	found := feed(NewWatch(), 100, ranks...)
	if len(found) != 2 || found[0].Fault != Compute || found[0].Worker != "c" || found[1].Fault != Link || found[1].Worker != "d" {
		t.Errorf("%v; want rank c, and the link that is not c's", found)
	}
}

func TestEqualsAreNotNamed(t *testing.T) {
	if found := feed(NewWatch(), 200, load{0.1, 0.01, 0.1}, load{0.11, 0.01, 0.1}, load{0.12, 0.012, 0.1}); len(found) > 0 {
		t.Errorf("%v", found)
	}
	// Twice as long as next to nothing holds nobody up.
	if found := feed(NewWatch(), 200, working(0.001, 0.002)...); len(found) > 0 {
		t.Errorf("%v", found)
	}
	if found := feed(NewWatch(), 200, working(0.1)...); len(found) > 0 {
		t.Errorf("alone: %v", found)
	}
}

// A pause of a few steps is nobody's fault; one that got better and worse again is told
// again; a new ring is looked at anew.
func TestOneThatRecoversIsToldAgain(t *testing.T) {
	w := NewWatch()
	even, slow := working(0.1, 0.1), working(0.1, 0.3)
	count := len(feed(w, 40, even...)) + len(feed(w, 5, slow...)) + len(feed(w, 40, even...))
	if count != 0 {
		t.Errorf("a pause: %d findings", count)
	}
	count = len(feed(w, 40, slow...)) + len(feed(w, 40, even...)) + len(feed(w, 40, slow...))
	if count != 2 {
		t.Errorf("slow, well, slow: %d findings", count)
	}
	if found := feed(w, window-1, working(0.1, 0.1, 0.3)...); len(found) != 0 {
		t.Errorf("a new ring after %d steps: %v", window-1, found)
	}
}

// What varies about a threshold is told once, and a rank that does keeps its links from
// being blamed all the time.
func TestWhatVariesIsToldOnce(t *testing.T) {
	w := NewWatch()
	var found []Finding
	for i := range 12 {
		ranks := linked(0.15, 0.06, 0.001, 0.001)
		ranks[1].compute = []float64{0.21, 0.16}[i%2] // the others' is 0.1
		found = append(found, feed(w, 40, ranks...)...)
	}
	if len(found) != 1 || found[0].Fault != Compute || found[0].Worker != "b" {
		t.Errorf("a rank: %v", found)
	}
	w, found = NewWatch(), nil
	for i := range 12 {
		found = append(found, feed(w, 40, linked(0.15, 0.001, []float64{0.06, 0.04}[i%2], 0.001)...)...)
	}
	if len(found) != 1 || found[0].Fault != Link || found[0].Worker != "b" {
		t.Errorf("a link: %v", found)
	}
}
