package faults_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ringmaster/chaos/faults"
)

// options are drawn so that every combination of kinds that can be planned appears.
func options(t *rapid.T) faults.Options {
	kinds := slices.DeleteFunc(faults.All(), func(k faults.Kind) bool { return !rapid.Bool().Draw(t, string(k)) })
	if !slices.Contains(kinds, faults.KillWorker) && !slices.Contains(kinds, faults.Leave) {
		kinds = slices.DeleteFunc(kinds, func(k faults.Kind) bool { return k == faults.Join })
	} else if !slices.Contains(kinds, faults.Join) {
		kinds = append(kinds, faults.Join)
	}
	if len(kinds) == 0 {
		kinds = []faults.Kind{faults.CutRing}
	}
	least := rapid.IntRange(1, 4).Draw(t, "min")
	if !slices.Contains(kinds, faults.Join) {
		least++ // of one worker alone nothing can be asked
	}
	most := rapid.IntRange(least+1, 6).Draw(t, "max")
	return faults.Options{
		Seed: rapid.Uint64().Draw(t, "seed"), Faults: rapid.IntRange(0, 300).Draw(t, "faults"), Kinds: kinds,
		Start: rapid.IntRange(least, most).Draw(t, "start"), Min: least, Max: most,
		Spares: rapid.IntRange(1, 2).Draw(t, "spares"), Spacing: rapid.IntRange(1, 50).Draw(t, "spacing"),
	}
}

func plan(t interface {
	Helper()
	Fatal(...any)
}, o faults.Options) faults.Schedule {
	t.Helper()
	s, err := faults.Plan(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOneSeedOneSchedule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := options(t)
		if diff := cmp.Diff(plan(t, o), plan(t, o)); diff != "" {
			t.Fatal(diff)
		}
	})
	o := faults.Options{Faults: 50, Kinds: faults.All(), Start: 3, Min: 2, Max: 3, Spares: 1, Spacing: 20}
	first := plan(t, o)
	o.Seed = 1
	if cmp.Equal(first, plan(t, o)) {
		t.Error("another seed has the same schedule")
	}
}

// keepsItsPlace are the faults that no worker is given up for.
var keepsItsPlace = []faults.Kind{faults.PauseShort, faults.SlowControl, faults.SlowRing}

// TestARunCanStandItForever replays schedules on a bookkeeping of its own.
func TestARunCanStandItForever(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := options(t)
		up := map[int]bool{}
		for w := range o.Start {
			up[w+1] = true
		}
		holders := map[int]bool{}
		for w := range up {
			holders[w] = true
		}
		s, step, total := plan(t, o), 0, 0
		for i, r := range s.Rounds {
			if len(r.Faults) == 0 || r.At < step || r.Settle < 1 {
				t.Fatalf("round %d, after step %d, is %+v", i, step, r)
			}
			step, total = r.At, total+len(r.Faults)
			var back []int // of the holders that are hit, those that are so again after the round
			hit, once := map[int]bool{}, map[faults.Kind]int{}
			working, outage := len(up), false
			for _, f := range r.Faults {
				once[f.Kind]++
				outage = outage || f.Kind.Outage()
				if f.Kind.OnWorker() && !slices.Contains(keepsItsPlace, f.Kind) {
					working--
				}
				switch {
				case f.Kind == faults.Join:
					if f.Worker == 0 || up[f.Worker] || holders[f.Worker] {
						t.Fatalf("round %d: worker %d joins twice", i, f.Worker)
					}
					up[f.Worker] = true
				case f.Kind.OnWorker():
					if !up[f.Worker] || hit[f.Worker] {
						t.Fatalf("round %d: %s of worker %d, which is not there or hit already", i, f.Kind, f.Worker)
					}
					hit[f.Worker] = true
					if holders[f.Worker] && slices.Contains(keepsItsPlace, f.Kind) {
						back = append(back, f.Worker)
					}
					delete(holders, f.Worker)
				case f.Kind == faults.StopAndKill:
					// Whoever is left has the state, everybody is started again, and then has it too.
					if !holders[f.Worker] || len(up) < o.Start || len(up) > o.Max || len(r.Faults) != 1 || !r.Whole {
						t.Fatalf("round %d: %+v, with %v up, of which %v have the state", i, r, up, holders)
					}
				case f.Worker != 0:
					t.Fatalf("round %d: %s names a worker", i, f.Kind)
				}
				if f.Kind.Ends() {
					delete(up, f.Worker)
				}
				if f.Hold < 0 || f.Hold > 10*time.Second || f.After < 0 || f.After > time.Second {
					t.Fatalf("round %d: %+v lasts too long", i, f)
				}
			}
			for _, k := range []faults.Kind{faults.KillCoordinator, faults.RestartNATS, faults.FillDisk, faults.FillTemp} {
				if once[k] > 1 {
					t.Fatalf("round %d: %s twice", i, k)
				}
			}
			if len(up) < o.Min || len(up) > o.Max+o.Spares || r.Strength != min(len(up), o.Max) {
				t.Fatalf("round %d leaves %d workers, strength %d", i, len(up), r.Strength)
			}
			if r.Outage != outage || r.TooFew != (working < o.Min) {
				t.Fatalf("round %d, an outage: %v, too few: %v; of %d workers %d are not hit: %+v", i, r.Outage, r.TooFew, len(up), working, r.Faults)
			}
			if len(holders) == 0 {
				t.Fatalf("round %d may leave nobody with the run's state", i)
			}
			for _, w := range back {
				holders[w] = true
			}
			// Only a whole round without spares makes sure that whoever is up has the state.
			if r.Whole && len(up) <= o.Max {
				for w := range up {
					holders[w] = true
				}
			}
		}
		if total != o.Faults || (total > 0 && s.Steps != step+1) {
			t.Fatalf("%d faults up to step %d, want %d and %d", total, step, o.Faults, s.Steps-1)
		}
	})
}

// Each kind has its share, and none is left out however short the schedule, as long as it
// is a deck long.
func TestKindsComeInTheirShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := faults.Options{Seed: rapid.Uint64().Draw(t, "seed"), Faults: 650, Kinds: faults.All(), Start: 3, Min: 2, Max: 3, Spares: 1, Spacing: 20}
		count, several := map[faults.Kind]int{}, 0
		for _, r := range plan(t, o).Rounds {
			for _, f := range r.Faults {
				count[f.Kind]++
			}
			if len(r.Faults) > 1 {
				several++
			}
		}
		for kind, want := range map[faults.Kind]int{
			faults.KillWorker: 80, faults.Leave: 40, faults.Join: 120, faults.PauseShort: 30, faults.PauseLong: 40,
			faults.KillCoordinator: 40, faults.RestartNATS: 40, faults.CutControl: 30, faults.HangControl: 30,
			faults.SlowControl: 20, faults.CutRing: 40, faults.SlowRing: 20, faults.FillDisk: 20,
			faults.FillTemp: 20, faults.SmallMessages: 20, faults.DieJoining: 20, faults.LoseLog: 20, faults.StopAndKill: 20,
		} {
			if got := count[kind]; got < want-want/4-3 || got > want+want/4+3 {
				t.Errorf("%s %d times of 650, want about %d", kind, got, want)
			}
		}
		if several < 40 || several > 160 {
			t.Errorf("%d rounds of several faults", several)
		}
	})
}

func TestWhatCannotBePlannedIsRefused(t *testing.T) {
	sound := faults.Options{Faults: 5, Kinds: faults.All(), Start: 3, Min: 2, Max: 3, Spares: 1, Spacing: 20}
	plan(t, sound)
	for name, spoil := range map[string]func(*faults.Options){
		"losses without joins":                func(o *faults.Options) { o.Kinds = []faults.Kind{faults.KillWorker} },
		"joins without losses":                func(o *faults.Options) { o.Kinds = []faults.Kind{faults.Join} },
		"an unknown kind":                     func(o *faults.Options) { o.Kinds = append(o.Kinds, "flood") },
		"no kind":                             func(o *faults.Options) { o.Kinds = nil },
		"no room to lose":                     func(o *faults.Options) { o.Min = 3 },
		"too few at first":                    func(o *faults.Options) { o.Start = 1 },
		"one worker, and nobody else to come": func(o *faults.Options) { o.Kinds, o.Min, o.Start = []faults.Kind{faults.CutRing}, 1, 1 },
		"no spacing":                          func(o *faults.Options) { o.Spacing = 0 },
	} {
		o := sound
		spoil(&o)
		if _, err := faults.Plan(o); !errors.Is(err, faults.ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
