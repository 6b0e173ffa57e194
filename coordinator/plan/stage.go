package plan

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Task is what a plan needs to know of a task: its name, which keys its shuffles,
// and how many training examples it has.
type Task struct {
	Name string
	Size int
}

// Settings are the numbers of a stage, from the run file's train section.
type Settings struct {
	Epochs float64 // times all tasks' sizes: how many examples are dealt
	Steps  int     // fixes the number of steps when > 0
	Batch  int     // examples of a global batch
	LR     float64 // peak learning rate
	Warmup float64 // share of steps
	Mix    float64 // exponent of a task's share
	Seed   uint64
	// Targets says what λ does over the stage.
	Targets Targets
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
// task's Epoch (0-based).
type Draw struct {
	Task, Index, Epoch int
}

// Step is the plan of one global step, before it is dealt to ranks.
type Step struct {
	Number   int
	Lambda   float64
	LR       float64
	Examples []Draw
}

// Stage plans one training stage. It is safe for use by one goroutine.
type Stage struct {
	tasks    []Task
	set      Settings
	examples int       // dealt over the whole stage
	shares   []float64 // cumulative probabilities of the tasks

	// The walk so far; asking for an earlier step starts it again.
	next    int
	picks   *rand.PCG
	cursors []cursor
}

// cursor is a place in a task's current epoch.
type cursor struct {
	epoch, at int
	order     []int
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
		all += t.Size
		total += math.Pow(float64(t.Size), set.Mix)
		s.shares = append(s.shares, total)
	}
	if math.IsInf(total, 0) {
		return nil, fmt.Errorf("%w: the tasks' sizes to the power of %g have no sum", ErrTooMuch, set.Mix)
	}
	for i := range s.shares {
		s.shares[i] /= total
	}
	dealt := float64(set.Steps) * float64(set.Batch)
	if set.Steps == 0 {
		dealt = math.Round(set.Epochs * float64(all))
	}
	switch {
	case dealt < 1:
		return nil, fmt.Errorf("%w: %g epochs of %d examples are none", ErrNothingToPlan, set.Epochs, all)
	case !(dealt <= maxExamples):
		return nil, fmt.Errorf("%w: %s would deal %.3g examples, at most %.0e can be", ErrTooMuch, set.length(), dealt, maxExamples)
	}
	s.examples = int(dealt)
	s.rewind()
	return s, nil
}

// maxExamples bounds the examples of a stage: far beyond any training, and far below where
// whole numbers, in float64 too, are counted no more.
const maxExamples = 1e12

// length says how long the stage was asked to be.
func (set Settings) length() string {
	if set.Steps > 0 {
		return fmt.Sprintf("%d steps of %d examples", set.Steps, set.Batch)
	}
	return fmt.Sprintf("%g epochs", set.Epochs)
}

// Steps is how many global steps the stage has; the last batch may be smaller.
func (s *Stage) Steps() int { return (s.examples + s.set.Batch - 1) / s.set.Batch }

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
	step := Step{
		Number:   n,
		Lambda:   s.lambda(n),
		LR:       LearningRate(n, s.Steps(), s.set.Warmup, s.set.LR),
		Examples: s.draw(),
	}
	return step, nil
}

func (s *Stage) lambda(n int) float64 {
	switch s.set.Targets {
	case Annealed:
		return Lambda(n, s.Steps())
	case Teachers:
		return 0
	default:
		return 1
	}
}

func (s *Stage) rewind() {
	s.next = 0
	s.picks = stream(s.set.Seed, "task of each draw", 0)
	s.cursors = make([]cursor, len(s.tasks))
	for t := range s.cursors {
		s.cursors[t] = s.epoch(t, 0)
	}
}

func (s *Stage) epoch(task, epoch int) cursor {
	t := s.tasks[task]
	return cursor{epoch: epoch, order: permutation(stream(s.set.Seed, t.Name, epoch), t.Size)}
}

// draw deals the next global batch.
func (s *Stage) draw() []Draw {
	count := min(s.set.Batch, s.examples-s.next*s.set.Batch)
	batch := make([]Draw, count)
	for i := range batch {
		task := s.pick()
		c := &s.cursors[task]
		if c.at == len(c.order) {
			*c = s.epoch(task, c.epoch+1)
		}
		batch[i] = Draw{Task: task, Index: c.order[c.at], Epoch: c.epoch}
		c.at++
	}
	s.next++
	return batch
}

func (s *Stage) pick() int {
	if len(s.tasks) == 1 {
		return 0
	}
	u := unit(s.picks)
	for t, c := range s.shares {
		if u < c {
			return t
		}
	}
	return len(s.shares) - 1
}
