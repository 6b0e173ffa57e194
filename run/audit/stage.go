package audit

import (
	"fmt"

	"ringmaster/config"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
)

// stage is a training stage as it was planned, and what the logs have of it.
type stage struct {
	name  string
	index int             // among the run's stages
	tasks []string        // in the plan's order
	rows  map[string]rows // training rows by task
	taken bool            // the stage may have had nothing to do
	total int             // steps that the plan has, or fewer where the training ended early
	early plan.EarlyStop

	// The logs' first line of each step, for steps that the plan has.
	events map[int]directory.Event
	ledger map[int]directory.LedgerEntry
	// reach is how many steps both logs must have; steps are those steps of the plan, and
	// ids the examples of each.
	reach int
	steps []plan.Step
	ids   []map[directory.ExampleID]int

	plan    *plan.Stage
	numbers map[string][]int   // training rows by task, in the plan's order
	classes map[string][]int32 // of these, of tasks whose classes are dealt alike often
}

// rows are a task's training rows.
type rows map[int]bool

// planned makes the plan of each of the run's stages.
func planned(run *config.Run, p directory.Plan) ([]*stage, error) {
	numbers, known, classes := map[string][]int{}, map[string]rows{}, map[string][]int32{}
	for _, t := range p.Tasks {
		if known[t.Name] != nil {
			return nil, fmt.Errorf("%w: task %s has two lists of training rows", ErrNoPlan, t.Name)
		}
		numbers[t.Name], known[t.Name], classes[t.Name] = t.Rows, rows{}, t.Classes
		if balanced(run, t.Name) != (t.Classes != nil) || t.Classes != nil && len(t.Classes) != len(t.Rows) {
			return nil, fmt.Errorf("%w: %d training rows of task %s, and the classes of %d: sampling: balanced needs them all, other tasks none", ErrNoPlan, len(t.Rows), t.Name, len(t.Classes))
		}
		for _, row := range t.Rows {
			if known[t.Name][row] {
				return nil, fmt.Errorf("%w: row %d of task %s is listed twice", ErrNoPlan, row, t.Name)
			}
			known[t.Name][row] = true
		}
	}
	taken := map[string]bool{}
	for _, name := range p.Taken {
		taken[name] = true
	}
	var stages []*stage
	for index, training := range plan.TrainingsAfter(run, p.Before) {
		s := &stage{
			name: training.Stage, index: index, tasks: training.Tasks, rows: map[string]rows{}, taken: taken[training.Stage],
			numbers: numbers, classes: classes, events: map[int]directory.Event{}, ledger: map[int]directory.LedgerEntry{},
		}
		var sizes []plan.Task
		for _, task := range training.Tasks {
			if known[task] == nil {
				return nil, fmt.Errorf("%w: the training rows of task %s are missing", ErrNoPlan, task)
			}
			s.rows[task] = known[task]
			sizes = append(sizes, plan.Task{Name: task, Size: len(numbers[task]), Classes: classes[task]})
		}
		var err error
		if s.plan, err = plan.NewStage(sizes, training.Settings); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrNoPlan, s.name, err)
		}
		s.total = s.plan.Steps()
		stages = append(stages, s)
	}
	return stages, nil
}

// balanced says whether the run file has a task's classes dealt alike often.
func balanced(run *config.Run, name string) bool {
	for _, t := range run.Tasks {
		if t.Name == name {
			return t.Sampling == config.SamplingBalanced && run.Method != config.MaskedLM
		}
	}
	return false
}

// compute asks the plan for the steps that the run came to, and no more: a run that was
// stopped may have had a million before it.
func (s *stage) compute() error {
	for n := range s.reach {
		step, err := s.plan.Step(n)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrNoPlan, s.name, err)
		}
		ids := map[directory.ExampleID]int{}
		for _, d := range step.Examples {
			task := s.tasks[d.Task]
			ids[directory.ExampleID{Task: task, Row: s.numbers[task][d.Index]}]++
		}
		s.steps, s.ids = append(s.steps, step), append(s.ids, ids)
	}
	return nil
}
