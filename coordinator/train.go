package coordinator

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"ringmaster/config"
	"ringmaster/coordinator/core"
	"ringmaster/coordinator/plan"
	"ringmaster/coordinator/protocol"
	"ringmaster/coordinator/rundir"
	"ringmaster/coordinator/transfer"
	"ringmaster/data"
)

// trainStage trains a model from the base encoder.
type trainStage struct {
	title    string
	job      *Job
	tasks    []*Task
	target   int // in tasks: the head an export carries as the classifier
	settings plan.Settings
	// teacher gives a training row's teacher logits; nil when targets are gold.
	teacher func(task *Task, row Row) ([]float32, error)
	offer   func(dir string) (transfer.Folder, error)
	// ready says that the trained model is at hand already, so that nothing is to do.
	ready func() (bool, error)

	plan  *plan.Stage
	steps map[int]dealt // dealt, not yet committed
}

// dealt is a step as it was dealt.
type dealt struct {
	plan.Step
	ranks [][]rundir.ExampleID
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
	sizes := make([]plan.Task, len(s.tasks))
	for i, t := range s.tasks {
		sizes[i] = plan.Task{Name: t.Name, Size: len(t.Train)}
	}
	var err error
	if s.plan, err = plan.NewStage(sizes, s.settings); err != nil {
		return protocol.Begin{}, 0, err
	}
	s.steps = map[int]dealt{}
	folder, err := s.offer(s.job.Base.Dir)
	if err != nil {
		return protocol.Begin{}, 0, err
	}
	train := s.job.Run.Train
	return protocol.Begin{
		Train: true, Folder: folder, Tasks: headsOf(s.tasks), Target: s.target,
		Seed: train.Seed, Dropout: s.job.Run.Model.Dropout, MicroBatch: train.MicroBatch,
		Targets: s.settings.Targets, WeightDecay: train.WeightDecay, ClipNorm: train.ClipNorm,
		Wire:   s.job.Run.Cluster.Wire,
		Recipe: recipeOf(s.tasks, train.MaxLength),
	}, s.plan.Steps(), nil
}

// recipeOf is what was done to the tasks' texts.
func recipeOf(tasks []*Task, maxLength int) data.Recipe {
	r := data.Recipe{MaxLength: maxLength, Clean: map[string]config.Clean{}}
	for _, t := range tasks {
		r.Clean[t.Name] = t.Data.Clean
	}
	return r
}

// finish has nothing left to do: the model was fetched to its place when it was saved.
func (s *trainStage) finish() error { return nil }

// deal makes a step's orders, one a rank, and remembers who got what.
func (s *trainStage) deal(n, world int) ([]protocol.Step, error) {
	step, err := s.plan.Step(n)
	if err != nil {
		return nil, err
	}
	lengths := make([]int, len(step.Examples))
	for i, d := range step.Examples {
		lengths[i] = len(s.tasks[d.Task].Train[d.Index].IDs)
	}
	d := dealt{Step: step, ranks: make([][]rundir.ExampleID, world)}
	orders := make([]protocol.Step, world)
	var tokens []int32
	if world > 1 {
		tokens = s.tokensOf(step.Examples)
	}
	for rank, positions := range plan.Deal(lengths, world) {
		o := protocol.Step{
			Step: n, Lambda: step.Lambda, LR: step.LR, Count: len(step.Examples),
			Seed: dropoutSeed(s.settings.Seed, s.title, n, rank),
			// Hashing all parameters costs a pass over them; the ends are where it counts.
			Hash:   n == 0 || n == s.plan.Steps()-1 || n%hashEvery == 0,
			Tokens: tokens,
		}
		for _, p := range positions {
			draw := step.Examples[p]
			task := s.tasks[draw.Task]
			row := task.Train[draw.Index]
			e := protocol.Example{Task: draw.Task, IDs: row.IDs, Class: row.Class}
			if s.teacher != nil {
				if e.Teacher, err = s.teacher(task, row); err != nil {
					return nil, err
				}
			}
			o.Examples = append(o.Examples, e)
			d.ranks[rank] = append(d.ranks[rank], rundir.ExampleID{Task: task.Name, Row: row.Number})
		}
		orders[rank] = o
	}
	s.steps[n] = d
	return orders, nil
}

// tokensOf are the token ids of a batch, rising, each once.
func (s *trainStage) tokensOf(batch []plan.Draw) []int32 {
	var all []int32
	for _, d := range batch {
		all = append(all, s.tasks[d.Task].Train[d.Index].IDs...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// hashEvery is how often, in steps, the ranks' parameters are compared.
const hashEvery = 50

// dropoutSeed keys the dropout of one rank in one step: nothing else decides it, so a
// step that is done again drops the same.
func dropoutSeed(seed uint64, stage string, step, rank int) uint64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "dropout %d %q %d %d", seed, stage, step, rank))
	return binary.LittleEndian.Uint64(sum[:8]) >> 1 // libtorch takes a signed number
}
