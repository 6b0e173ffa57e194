package plan

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"

	"ringmaster/config"
)

// Task is what a plan needs to know of a task: its name, which keys its shuffles,
// and how many training examples it has.
type Task struct {
	Name string
	Size int
	// Classes, where classes are dealt alike often, is the class of each example; nil deals all examples
	// alike often.
	Classes []int32
}

// Settings are the numbers of a stage, from the run file's train section.
type Settings struct {
	Epochs float64 // times all tasks' sizes: how many examples are dealt
	Steps  int     // fixes the number of steps when > 0
	Batch  int     // examples of a global batch
	LR     float64 // peak learning rate
	Warmup float64 // share of steps
	// Schedule is the rate's course after the warm-up; empty is linear, and then no part of the JSON.
	Schedule config.Schedule `json:",omitempty"`
	// SamplingExponent says how often each task is sampled: p ∝ size^exponent. Trained
	// teachers are known by a hash of the JSON, so its name there stays that of earlier versions.
	SamplingExponent float64 `json:"Mix"`
	Seed             uint64
	// Targets says what λ does over the stage.
	Targets Targets
	// TeacherWeight is the largest weight 1−λ of the teachers; 0 is 1, and no part of the JSON.
	TeacherWeight float64 `json:",omitempty"`
	// Before are the lengths that the stage had before it was given Epochs and Steps, the
	// oldest first. They are no part of what a stage is known by.
	Before []Length `json:"-"`
}

// Length is how long a stage was to be until so many of its steps were done. Those steps have the
// schedules of that length, later ones the schedules of the next; examples are dealt on where
// they were.
type Length struct {
	Until  int     `json:"until"`
	Epochs float64 `json:"epochs"`
	Steps  int     `json:"steps,omitempty"`
}

// Targets says what the examples' losses are measured against.
type Targets string

// The targets, by the paper's equations.
const (
	Gold     Targets = "gold"     // λ = 1 throughout (Equation 1); also the empty value
	Teachers Targets = "teachers" // λ = 0 throughout (Equation 2)
	Annealed Targets = "annealed" // λ rises from 0 to 1 (Equation 3)
)

// Draw is one dealt example: the Index-th of Task's training examples, in that
// task's Epoch (0-based), or in that pass over its class where classes are dealt alike often.
type Draw struct {
	Task, Index, Epoch int
}

// Step is the plan of one global step, before it is dealt to ranks.
type Step struct {
	Number   int
	Total    int // steps of the stage, as its schedules have it
	Lambda   float64
	LR       float64
	Examples []Draw
}

// Stage plans one training stage. It is safe for use by one goroutine.
type Stage struct {
	tasks    []Task
	set      Settings
	segments []segment
	shares   []float64 // cumulative probabilities of the tasks
	// thresholds are the shares but the last, in units of 2⁻⁵³: a draw's 53 random bits are
	// compared with them as integers, which takes no branch that the processor would guess wrong.
	thresholds []uint64

	// The walk so far; asking for an earlier step starts it again.
	next     int
	picks    *rand.PCG
	cursors  []cursor
	balanced []*balanced // nil for tasks whose examples are dealt alike often, which have a cursor
}

// cursor is a place in a task's current epoch.
type cursor struct {
	epoch, at int
	order     []int32 // half of what ints take: ten million rows are 40 MB
}

// NewStage checks the numbers and returns the stage's plan.
func NewStage(tasks []Task, set Settings) (*Stage, error) {
	if len(tasks) == 0 || set.Batch < 1 {
		return nil, fmt.Errorf("%w: %d tasks, batch %d", ErrNothingToPlan, len(tasks), set.Batch)
	}
	s := &Stage{tasks: tasks, set: set}
	all, total := 0, 0.0
	for _, t := range tasks {
		if t.Size < 1 {
			return nil, fmt.Errorf("%w: task %s has no training examples", ErrNothingToPlan, t.Name)
		}
		if t.Size > math.MaxInt32 {
			return nil, fmt.Errorf("%w: task %s has %d training examples, more than %d", ErrTooMuch, t.Name, t.Size, math.MaxInt32)
		}
		b, err := newBalanced(t, set.Seed)
		if err != nil {
			return nil, err
		}
		s.balanced = append(s.balanced, b)
		all += t.Size
		total += math.Pow(float64(t.Size), set.SamplingExponent)
		s.shares = append(s.shares, total)
	}
	if math.IsInf(total, 0) {
		return nil, fmt.Errorf("%w: the task sizes raised to the sampling exponent %g overflow", ErrTooMuch, set.SamplingExponent)
	}
	for i := range s.shares {
		s.shares[i] /= total
	}
	for _, share := range s.shares[:len(tasks)-1] {
		s.thresholds = append(s.thresholds, uint64(math.Ceil(share*(1<<randomBits))))
	}
	for i, length := range append(slices.Clone(set.Before), Length{Epochs: set.Epochs, Steps: set.Steps}) {
		from := 0
		if i > 0 {
			from = set.Before[i-1].Until
		}
		if err := s.extend(length, from, all); err != nil {
			return nil, err
		}
	}
	s.rewind()
	return s, nil
}

// Steps is how many global steps the stage has; the last batch may be smaller.
func (s *Stage) Steps() int { return s.segments[len(s.segments)-1].steps }

// Shares are the tasks' probabilities, in task order.
func (s *Stage) Shares() []float64 {
	p := make([]float64, len(s.shares))
	before := 0.0
	for i, c := range s.shares {
		p[i], before = c-before, c
	}
	return p
}

// Step returns the plan of step n in [0, Steps). Steps asked for in rising order
// cost their own draws only; going back walks from the beginning.
func (s *Stage) Step(n int) (Step, error) {
	if n < 0 || n >= s.Steps() {
		return Step{}, fmt.Errorf("%w: step %d of %d", ErrNoSuchStep, n, s.Steps())
	}
	if n < s.next {
		s.rewind()
	}
	for s.next < n {
		s.draw()
	}
	total := s.segmentOf(n).steps
	step := Step{
		Number:   n,
		Total:    total,
		Lambda:   s.lambda(n, total),
		LR:       LearningRate(s.set.Schedule, n, total, s.set.Warmup, s.set.LR),
		Examples: s.draw(),
	}
	return step, nil
}

func (s *Stage) lambda(n, total int) float64 {
	lambda := 1.0
	switch s.set.Targets {
	case Annealed:
		lambda = Lambda(n, total)
	case Teachers:
		lambda = 0
	}
	if w := s.set.TeacherWeight; w > 0 {
		return 1 - w*(1-lambda)
	}
	return lambda
}

func (s *Stage) rewind() {
	s.next = 0
	s.picks = stream(s.set.Seed, "task of each draw", 0)
	s.cursors = make([]cursor, len(s.tasks))
	for t := range s.cursors {
		if b := s.balanced[t]; b != nil {
			b.rewind()
			continue
		}
		s.cursors[t] = s.epoch(t, 0)
	}
}

func (s *Stage) epoch(task, epoch int) cursor {
	t := s.tasks[task]
	return cursor{epoch: epoch, order: permutation(stream(s.set.Seed, t.Name, epoch), t.Size)}
}

// draw deals the next global batch.
func (s *Stage) draw() []Draw {
	seg := s.segmentOf(s.next)
	count := min(s.set.Batch, seg.examples-seg.dealtBefore(s.next, s.set.Batch))
	batch := make([]Draw, count)
	for i := range batch {
		task := s.pick()
		if b := s.balanced[task]; b != nil {
			index, pass := b.draw()
			batch[i] = Draw{Task: task, Index: index, Epoch: pass}
			continue
		}
		c := &s.cursors[task]
		if c.at == len(c.order) {
			*c = s.epoch(task, c.epoch+1)
		}
		batch[i] = Draw{Task: task, Index: int(c.order[c.at]), Epoch: c.epoch}
		c.at++
	}
	s.next++
	return batch
}

// pick draws a task: the first whose cumulative probability exceeds a number drawn from [0, 1).
func (s *Stage) pick() int {
	if len(s.tasks) == 1 {
		return 0
	}
	drawn := s.picks.Uint64() >> (64 - randomBits)
	task := len(s.thresholds)
	for _, t := range s.thresholds {
		_, below := bits.Sub64(drawn, t, 0)
		task -= int(below)
	}
	return task
}
