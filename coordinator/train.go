package coordinator

import (
	"fmt"
	"slices"

	"ringmaster/config"
	"ringmaster/coordinator/core"
	"ringmaster/coordinator/job"
	"ringmaster/data"
	"ringmaster/data/mlm"
	"ringmaster/run/directory"
	"ringmaster/run/plan"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// trainStage trains a model from the base encoder.
type trainStage struct {
	title    string
	job      *job.Job
	tasks    []*job.Task
	target   int // in tasks: the head an export carries as the classifier
	settings plan.Settings
	// teacher gives a training row's teacher logits; nil when targets are gold.
	teacher func(task *job.Task, row job.Row) ([]float32, error)
	// masked is the vocabulary to mask with where the model is a masked language model.
	masked *mlm.Vocabulary
	offer  func(dir string) (transfer.Folder, error)
	// ready says whether the trained model exists already, so that nothing is to do.
	ready func() (bool, error)
	early earlyStop

	// place is where the trained model's folder belongs.
	place string

	plan *plan.Stage
	// known are the steps under way: a plan walks forward cheaply and back from its beginning,
	// and steps are asked for when they are dealt, dealt again, and committed.
	known map[int]plan.Step
	// losses are how many losses these have of each task.
	losses map[int][]int
}

func (s *trainStage) name() string    { return s.title }
func (s *trainStage) kind() core.Kind { return core.Train }

func (s *trainStage) taskNames() []string {
	names := []string{s.tasks[s.target].Name}
	for i, t := range s.tasks {
		if i != s.target {
			names = append(names, t.Name)
		}
	}
	return names
}

func (s *trainStage) prepare() (protocol.Begin, int, error) {
	if s.ready != nil {
		if done, err := s.ready(); done || err != nil {
			return protocol.Begin{}, 0, err
		}
	}
	planned, err := s.planned()
	if err != nil {
		return protocol.Begin{}, 0, err
	}
	s.plan, s.known, s.losses = planned, map[int]plan.Step{}, map[int][]int{}
	folder, err := s.offer(s.job.Base.Dir)
	if err != nil {
		return protocol.Begin{}, 0, err
	}
	train := s.job.Run.Train
	return protocol.Begin{
		Train: true, Folder: folder, Tasks: headsFrom(s.tasks), Target: s.target, MaskedLM: s.masked != nil,
		Seed: s.settings.Seed, Dropout: s.job.Run.Model.Dropout, MicroBatch: train.MicroBatch,
		Targets: s.settings.Targets, Temperature: s.job.Run.Distill.Temperature, Standardize: s.job.Run.Distill.Standardize, WeightDecay: train.WeightDecay, ClipNorm: train.ClipNorm, LayerDecay: train.LayerDecay, HeadRate: train.HeadLR / s.settings.LR,
		GradientDtype: s.job.Run.Cluster.GradientDtype,
		SkipNotFinite: train.NotFinite == config.SkipNotFinite,
		BFloat16:      train.Precision == config.BFloat16,
		Frozen:        job.Frozen(train),
		LoRA:          plan.LoRA(train),

		GradientCheckpointing: train.GradientCheckpointing,
		Recipe:                recipeOf(s.tasks, train.MaxLength),
		Longest:               longestTexts(s.tasks, s.settings.Batch),
	}, s.plan.Steps(), nil
}

// planned is the stage's plan.
func (s *trainStage) planned() (*plan.Stage, error) {
	return plan.NewStage(job.Dealt(s.tasks), s.settings)
}

// step is a step of the plan.
func (s *trainStage) step(n int) (plan.Step, error) {
	if step, ok := s.known[n]; ok {
		return step, nil
	}
	step, err := s.plan.Step(n)
	if err == nil {
		s.known[n] = step
	}
	return step, err
}

// counts are how many losses of each task a step has over all ranks.
func (s *trainStage) counts(n int) ([]int, error) {
	if counts, ok := s.losses[n]; ok {
		return counts, nil
	}
	step, err := s.step(n)
	if err != nil {
		return nil, err
	}
	counts := make([]int, len(s.tasks))
	for _, d := range step.Examples {
		counts[d.Task]++
	}
	if s.masked != nil {
		if _, counts[0], err = s.examples(step.Examples); err != nil {
			return nil, err
		}
	}
	s.losses[n] = counts
	return counts, nil
}

// steps is how many steps the stage has: those that are planned, or fewer where it ended early.
func (s *trainStage) steps() (int, error) {
	planned, err := s.planned()
	if err != nil {
		return 0, err
	}
	return s.early.end(planned.Steps(), planned.Steps())
}

// recipeOf is what was done to the tasks' texts.
func recipeOf(tasks []*job.Task, maxLength int) data.Recipe {
	declared := make([]config.Task, len(tasks))
	for i, t := range tasks {
		declared[i] = t.Task
	}
	return data.RecipeOf(declared, maxLength)
}

// finish has nothing left to do: the model was fetched to its place when it was saved.
func (s *trainStage) finish() error { return nil }

func (s *trainStage) recall() error { return nil }

// assigned is a step and the examples that each rank of the ring contributed to it. It depends
// only on what a rank's report repeats, so that a coordinator that did not deal the step
// knows it too.
func (s *trainStage) assigned(n, world int, active []int) (plan.Step, [][]directory.ExampleID, error) {
	step, err := s.step(n)
	if err != nil {
		return plan.Step{}, nil, err
	}
	if world < 1 || len(active) == 0 || active[0] < 0 || !slices.IsSorted(active) || active[len(active)-1] >= world {
		return plan.Step{}, nil, fmt.Errorf("%s step %d: a report names ranks %v of %d", s.title, n, active, world)
	}
	ranks := make([][]directory.ExampleID, world)
	for rank, positions := range s.shares(step, world, active) {
		for _, p := range positions {
			ranks[rank] = append(ranks[rank], s.exampleID(step.Examples[p]))
		}
	}
	return step, ranks, nil
}

func (s *trainStage) exampleID(d plan.Draw) directory.ExampleID {
	task := s.tasks[d.Task]
	return directory.ExampleID{Task: task.Name, Row: task.Train.Number(d.Index)}
}

// committed says that steps before n are not asked for again.
func (s *trainStage) committed(n int) {
	for known := range s.known {
		if known < n {
			delete(s.known, known)
			delete(s.losses, known)
		}
	}
}

// rate is a step's learning rate.
func (s *trainStage) rate(n int) float64 {
	step, err := s.step(n)
	if err != nil {
		return 0 // a step that was dealt is planned
	}
	return step.LR
}
