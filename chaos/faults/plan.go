package faults

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// ErrOptions: the options ask for what cannot be planned.
var ErrOptions = errors.New("cannot plan a schedule of faults")

// Options say what is planned.
type Options struct {
	Seed   uint64
	Faults int
	Kinds  []Kind
	// Start workers are up at first. After every round at least Min are, the fewest the
	// run goes on with, and at most Max, the most it takes, and Spares.
	Start, Min, Max, Spares int
	// Spacing is how many steps lie between the beginnings of two faults, on average.
	Spacing int
}

// Schedule is what shall go wrong.
type Schedule struct {
	Rounds []Round
	// Steps is one beyond the last round's own step: a run needs more than that.
	Steps int
}

// Round is what goes wrong together.
type Round struct {
	At     int // not before so many steps are committed
	Faults []Fault
	// Settle is how many steps must be committed after the end of all faults, before the
	// next round; Whole asks for Strength workers in the last of them too.
	Settle   int
	Whole    bool
	Strength int
	// Outage says that no step can be committed before the end of a fault whose kind says
	// so; TooFew that none can before the end of all, since fewer workers than Min are left.
	Outage, TooFew bool
}

// Fault is one thing that goes wrong.
type Fault struct {
	Kind Kind
	// Worker is the number of the worker it is done to, or that joins, or the one that
	// StopAndKill leaves; 0 for none.
	Worker int
	// After is when it begins, from the beginning of its round; Hold how long it lasts.
	After, Hold time.Duration
}

func (o Options) check() error {
	switch {
	case o.Faults < 0 || o.Spacing < 1:
		return fmt.Errorf("%w: %d faults, %d steps apart", ErrOptions, o.Faults, o.Spacing)
	case o.Min < 1 || o.Min >= o.Max || o.Start < o.Min || o.Start > o.Max || o.Spares < 1:
		return fmt.Errorf("%w: %d workers at the start, at least %d, at most %d and %d spares", ErrOptions, o.Start, o.Min, o.Max, o.Spares)
	}
	for _, k := range o.Kinds {
		if _, ok := natureOf(k); !ok {
			return fmt.Errorf("%w: unknown kind of fault %q; the kinds are %v", ErrOptions, k, All())
		}
	}
	joins, ends := slices.Contains(o.Kinds, Join), slices.Contains(o.Kinds, KillWorker) || slices.Contains(o.Kinds, Leave)
	if joins != ends {
		return fmt.Errorf("%w: %s must be given together with %s or %s, so that as many workers join as leave", ErrOptions, Join, KillWorker, Leave)
	}
	if o.Faults > 0 && len(o.Kinds) == 0 {
		return fmt.Errorf("%w: no kind of fault is given", ErrOptions)
	}
	return nil
}

// Plan makes the schedule.
func Plan(o Options) (Schedule, error) {
	if err := o.check(); err != nil {
		return Schedule{}, err
	}
	p := &planner{o: o, random: rand.New(rand.NewPCG(o.Seed, 0x6368616f73)), unsure: map[int]bool{}}
	for w := range o.Start {
		p.up = append(p.up, w+1)
	}
	p.next = o.Start + 1
	var s Schedule
	step := o.Spacing
	for left := o.Faults; left > 0; {
		r := p.round(step, left)
		if len(r.Faults) == 0 {
			return Schedule{}, fmt.Errorf("%w: %d faults of the kinds %v: none is possible after %d", ErrOptions, o.Faults, o.Kinds, o.Faults-left)
		}
		left -= len(r.Faults)
		s.Rounds = append(s.Rounds, r)
		s.Steps = step + 1
		step += o.Spacing*len(r.Faults) + p.random.IntN(o.Spacing/2+1) - o.Spacing/4
	}
	return s, nil
}

// planner is a schedule under way.
type planner struct {
	o      Options
	random *rand.Rand
	deck   []nature
	up     []int // numbers of the workers that are up
	next   int   // number of the next to join
	// unsure are those of them that may be without the run's state: they join, or join
	// again, or wait as spares.
	unsure map[int]bool
}

// several is how many faults a round has: one in three of four.
func (p *planner) several() int {
	switch n := p.random.IntN(100); {
	case n < 75:
		return 1
	case n < 93:
		return 2
	}
	return 3
}

func (p *planner) round(step, left int) Round {
	r := Round{At: step, Settle: 3 + p.random.IntN(6), Whole: p.random.IntN(2) == 0}
	alone := slices.Clone(p.up) // workers that nothing is done to in this round
	working := len(p.up)        // workers that take part, or can at once, while the faults last
	for range min(p.several(), left) {
		n, ok := p.draw(r.Faults, alone)
		if !ok {
			break // whatever is left in the deck would be too much beside the others
		}
		f := Fault{Kind: n.kind, Hold: time.Duration(n.shortest+p.random.IntN(n.longest-n.shortest+1)) * time.Millisecond}
		if len(r.Faults) > 0 {
			f.After = time.Duration(p.random.IntN(400)) * time.Millisecond
		}
		switch n.at {
		case aWorker:
			candidates := p.candidates(alone)
			f.Worker = candidates[p.random.IntN(len(candidates))]
			alone = without(alone, f.Worker)
			if !n.harmless {
				p.unsure[f.Worker] = true
				working--
			}
			if n.ends {
				p.up = without(p.up, f.Worker)
				delete(p.unsure, f.Worker)
			}
		case aNewcomer:
			f.Worker = p.next
			p.next++
			p.up = append(p.up, f.Worker)
			p.unsure[f.Worker] = true
		case theCoordinator:
			if n.everybody {
				f.Worker = p.sure(alone)[0]
			}
		}
		r.Faults = append(r.Faults, f)
		r.Outage = r.Outage || n.outage
		if n.alone {
			r.Whole = true
			break
		}
	}
	r.Strength = min(len(p.up), p.o.Max)
	r.TooFew = working < p.o.Min
	if r.Whole && len(p.up) <= p.o.Max {
		clear(p.unsure)
	}
	return r
}

// candidates are the workers that something may be done to: whoever it is, one that
// surely has the run's state is left alone.
func (p *planner) candidates(alone []int) []int {
	sure := p.sure(alone)
	return slices.DeleteFunc(slices.Clone(alone), func(w int) bool {
		return len(without(sure, w)) == 0
	})
}

// sure are those of some workers that surely have the run's state.
func (p *planner) sure(workers []int) []int {
	return slices.DeleteFunc(slices.Clone(workers), func(w int) bool { return p.unsure[w] })
}

func without(workers []int, w int) []int {
	return slices.DeleteFunc(slices.Clone(workers), func(other int) bool { return other == w })
}

// draw takes the first card of the deck that may be played now.
func (p *planner) draw(played []Fault, alone []int) (nature, bool) {
	// A run at its fewest workers can only pause: it does not stay there for long.
	needy := len(p.up) <= p.o.Min && p.random.IntN(2) == 0
	for range 2 {
		at := -1
		if needy {
			at = slices.IndexFunc(p.deck, func(n nature) bool { return n.at == aNewcomer })
		}
		if at < 0 {
			at = slices.IndexFunc(p.deck, func(n nature) bool { return p.allowed(n, played, alone) })
		}
		if at >= 0 {
			n := p.deck[at]
			p.deck = slices.Delete(p.deck, at, at+1)
			return n, true
		}
		if len(played) > 0 && len(p.deck) > 0 {
			return nature{}, false
		}
		p.shuffle()
	}
	return nature{}, false
}

// allowed says whether a card may be played beside others.
func (p *planner) allowed(n nature, played []Fault, alone []int) bool {
	for _, f := range played {
		if other, _ := natureOf(f.Kind); other.at == n.at && n.at != aWorker && n.at != aNewcomer {
			return false
		}
	}
	switch {
	case n.alone && len(played) > 0, n.everybody && (len(p.up) < p.o.Start || len(p.up) > p.o.Max):
		return false
	case n.at == aWorker && len(p.candidates(alone)) == 0:
		return false
	case n.ends:
		return len(p.up) > p.o.Min
	case n.at == aNewcomer:
		return len(p.up) < p.o.Max+p.o.Spares
	}
	return true
}

// shuffle puts a new deck under what is left of the old one.
func (p *planner) shuffle() {
	var cards []nature
	ends := 0
	for _, n := range natures {
		if n.kind == Join {
			n.weight = ends
		}
		if slices.Contains(p.o.Kinds, n.kind) {
			if n.ends {
				ends += n.weight
			}
			cards = append(cards, slices.Repeat([]nature{n}, n.weight)...)
		}
	}
	p.random.Shuffle(len(cards), func(i, j int) { cards[i], cards[j] = cards[j], cards[i] })
	p.deck = append(p.deck, cards...)
}
