package straggler

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// feed gives the watch steps whose numbers vary by a fifth, and returns all findings.
func feed(w *Watch, steps int, compute, blocked []float64) []Finding {
	random := rand.New(rand.NewPCG(1, 2))
	var all []Finding
	for range steps {
		samples := make([]Sample, len(compute))
		for rank := range samples {
			vary := 0.9 + 0.2*random.Float64()
			samples[rank] = Sample{Worker: string(rune('a' + rank)), Compute: vary * compute[rank], Blocked: vary * blocked[rank], Total: 0.2}
		}
		all = append(all, w.Step(samples)...)
	}
	return all
}

func TestASlowRankIsNamedOnce(t *testing.T) {
	for world := 2; world <= 4; world++ {
		compute := make([]float64, world)
		for rank := range compute {
			compute[rank] = 0.1
		}
		compute[1] = 0.2
		found := feed(NewWatch(), 100, compute, make([]float64, world))
		if len(found) != 1 || found[0].Worker != "b" || found[0].Rank != 1 || found[0].Fault != Compute || found[0].Times < 1.7 || found[0].Times > 2.3 {
			t.Errorf("world %d: %v", world, found)
		}
	}
}

func TestASlowLinkIsNamedByItsEnds(t *testing.T) {
	found := feed(NewWatch(), 100, []float64{0.1, 0.1, 0.1}, []float64{0.001, 0.002, 0.09})
	if len(found) != 1 || found[0].Fault != Link || found[0].Worker != "c" || found[0].Right != "a" {
		t.Fatalf("%v", found)
	}
	if text := found[0].String(); !strings.Contains(text, "rank 2 (worker c) to worker a") {
		t.Error(text)
	}
}

func TestEqualsAreNotNamed(t *testing.T) {
	if found := feed(NewWatch(), 200, []float64{0.1, 0.11, 0.12}, []float64{0.01, 0.01, 0.012}); len(found) > 0 {
		t.Errorf("%v", found)
	}
	// Twice as long as next to nothing holds nobody up.
	if found := feed(NewWatch(), 200, []float64{0.001, 0.002}, []float64{0, 0}); len(found) > 0 {
		t.Errorf("%v", found)
	}
	if found := feed(NewWatch(), 200, []float64{0.1}, []float64{0}); len(found) > 0 {
		t.Errorf("alone: %v", found)
	}
}

// A pause of a few steps is nobody's fault; one that got better and worse again is told
// again; a new ring is looked at anew.
func TestOneThatRecoversIsToldAgain(t *testing.T) {
	w := NewWatch()
	even, slow, none := []float64{0.1, 0.1}, []float64{0.1, 0.3}, []float64{0, 0}
	count := len(feed(w, 40, even, none)) + len(feed(w, 5, slow, none)) + len(feed(w, 40, even, none))
	if count != 0 {
		t.Errorf("a pause: %d findings", count)
	}
	count = len(feed(w, 40, slow, none)) + len(feed(w, 40, even, none)) + len(feed(w, 40, slow, none))
	if count != 2 {
		t.Errorf("slow, well, slow: %d findings", count)
	}
	if found := feed(w, window-1, []float64{0.1, 0.1, 0.3}, []float64{0, 0, 0}); len(found) != 0 {
		t.Errorf("a new ring after %d steps: %v", window-1, found)
	}
}
