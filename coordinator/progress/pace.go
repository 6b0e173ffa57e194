package progress

import (
	"math"
	"slices"
	"time"
)

// remembered is how far back the pace looks: a step that long ago counts 1/e.
const remembered = 20 * time.Second

// lossKept is the weight that a task's earlier losses keep at each of its steps: about
// the last twenty count.
const lossKept = 0.95

// pace smooths a stage's speed and losses.
//
// Speeds are quotients of two sums that fade together, so that they are right from the
// second step on and do not depend on how long steps are.
type pace struct {
	last time.Time
	seen int // steps

	seconds, steps, examples float64 // by the clock, from step to step
	stepSeconds, ringSeconds float64 // as the steps report them

	order  []string
	losses map[string]*mean
}

// mean is a fading, weighted mean.
type mean struct{ sum, weight float64 }

func newPace(began time.Time, tasks []string) pace {
	return pace{last: began, order: slices.Clone(tasks), losses: map[string]*mean{}}
}

func (p *pace) add(s Step, now time.Time) {
	passed := now.Sub(p.last)
	p.last = now
	p.seen++
	fade := math.Exp(-passed.Seconds() / remembered.Seconds())
	p.stepSeconds = p.stepSeconds*fade + s.Seconds
	p.ringSeconds = p.ringSeconds*fade + s.RingSeconds
	// The first step comes after loading and warming up, which say nothing of the others.
	if p.seen > 1 {
		p.seconds = p.seconds*fade + passed.Seconds()
		p.steps = p.steps*fade + 1
		p.examples *= fade
		for _, n := range s.Examples {
			p.examples += float64(n)
		}
	}
	p.addLosses(s)
}

func (p *pace) addLosses(s Step) {
	var unlisted []string
	for task, loss := range s.Loss {
		m := p.losses[task]
		if m == nil {
			m = &mean{}
			p.losses[task] = m
		}
		n := float64(max(1, s.Examples[task]))
		m.sum = m.sum*lossKept + loss*n
		m.weight = m.weight*lossKept + n
		if !slices.Contains(p.order, task) {
			unlisted = append(unlisted, task)
		}
	}
	slices.Sort(unlisted)
	p.order = append(p.order, unlisted...)
}

// view is what is known after step s.
func (p *pace) view(stage Stage, s Step, elapsed time.Duration) view {
	v := view{stage: stage, finished: s.Step + 1, lambda: s.Lambda, elapsed: elapsed}
	for _, task := range p.order {
		if m := p.losses[task]; m != nil {
			v.losses = append(v.losses, taskLoss{task, m.sum / m.weight})
		}
	}
	if p.stepSeconds > 0 && p.ringSeconds > 0 {
		v.ring = min(1, p.ringSeconds/p.stepSeconds)
	}
	if p.seconds > 0 {
		v.rate = p.examples / p.seconds
		v.left = time.Duration(float64(max(0, stage.Steps-v.finished)) * p.seconds / p.steps * float64(time.Second))
		v.paced = true
	}
	return v
}
