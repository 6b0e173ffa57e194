package experiments

import (
	"fmt"
	"slices"
	"strings"

	"ringmaster/config"
)

// Load reads the base run file with further keys set, each KEY=VALUE.
type Load func(set ...string) (*config.Run, error)

// Options are what a person chooses for all rows of a kind.
type Options struct {
	// Vectors are the baselines' word vectors: a file in GloVe's format, or train.
	Vectors string
	// Baseline holds keys that are set for baselines alone, over what Numbers says.
	Baseline []string
}

// Numbers are the baselines' training numbers unless Options.Baseline says otherwise: an
// encoder's learning rate would leave a network that starts from nothing where it began.
func Numbers() []string { return []string{"train.lr=1e-3", "train.epochs=10"} }

// ofEncoders are the keys that only an encoder can have, as a baseline has them.
var ofEncoders = []string{
	"train.precision=float32", "train.layer_decay=0", "train.lora.rank=0", "train.lora.alpha=0", "train.gradient_checkpointing=false",
}

// set lists the keys that make the base's model the row's; train are the base's own.
func (r Row) set(o Options, train config.Train) []string {
	if r.Arch == "" {
		return nil
	}
	model := []string{"model.base=", "model.arch=" + r.Arch, "model.vectors=" + o.Vectors}
	if train.Freeze != config.FreezeEmbeddings { // of which a baseline's word vectors are some
		model = append(model, "train.freeze=")
	}
	return slices.Concat(model, ofEncoders, Numbers(), o.Baseline)
}

// Derive makes a row's run from the base run file. choice holds further keys that are set,
// of those that are tried for a row. What is wrong with the base for this row is ErrNotMade.
func (t Table) Derive(row Row, o Options, load Load, choice ...string) (*config.Run, error) {
	if err := row.made(); err != nil {
		return nil, err
	}
	own, err := load()
	if err != nil {
		return nil, err
	}
	base, err := load(row.set(o, own.Train)...)
	if err != nil {
		return nil, err
	}
	run, err := load(append(row.set(o, own.Train), choice...)...)
	if err != nil {
		return nil, err
	}
	run.Method, run.Pretrain = row.Method, config.Pretrain{}
	// The last step's student: λ has come to 1 there, and no chance of a validation part, which
	// is small, and no checkpoint that a fault cost, chooses another from seed to seed.
	run.Train.Keep = config.KeepLast
	if !row.Source {
		run.Source = ""
	}
	if run.Tasks, err = t.tasks(row, run.Source, run.Tasks); err != nil {
		return nil, err
	}
	for i := range run.Tasks {
		run.Tasks[i].Teacher = Settled(run.Tasks[i].Teacher, base.Train)
	}
	if err := run.Validate(); err != nil {
		return nil, err
	}
	return run, nil
}

// Settled gives a teacher the base's numbers, so that it is the same whatever is tried for
// the student, and whatever the student's seed.
func Settled(t config.Teacher, base config.Train) config.Teacher {
	if t.Epochs == 0 && base.Steps == 0 {
		t.Epochs = base.Epochs
	}
	if t.Batch == 0 {
		t.Batch = base.Batch
	}
	if t.LR == 0 {
		t.LR = base.LR
	}
	if t.Seed == nil {
		t.Seed = &base.Seed
	}
	return t
}

// tasks picks the row's tasks, in the run file's order, and shapes the target. A baseline
// keeps those that it does not learn: its word vectors are trained on their texts too.
func (t Table) tasks(row Row, source string, all []config.Task) ([]config.Task, error) {
	var kept []config.Task
	missing := slices.Clone(row.Helpers)
	for _, task := range all {
		switch at := slices.Index(missing, task.Name); {
		case task.Target:
			var err error
			if task.Data, err = t.Target.shape(task.Data); err != nil {
				return nil, fmt.Errorf("%w: task %s: %w", ErrNotMade, task.Name, err)
			}
			if len(t.Target.Labels) > 0 {
				task.Positive = "" // other classes have another positive one
			}
		case at >= 0:
			missing = slices.Delete(missing, at, at+1)
		case source != "" && task.Name == source:
		case row.Arch == "":
			continue
		}
		kept = append(kept, task)
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%w: the run file has no task named %s (`ringmaster compare` makes a table over a run file's own tasks, whatever their names)",
			ErrNotMade, strings.Join(missing, ", none named "))
	}
	return kept, nil
}

// shape applies what the table asks of the target.
func (a Target) shape(d config.Data) (config.Data, error) {
	if len(a.Labels) > 0 {
		for _, p := range a.Labels {
			if !slices.ContainsFunc(d.Labels, func(q config.Pair) bool { return q.From == p.From }) {
				return d, fmt.Errorf("its labels do not include %q: this table needs a corpus with the labels seeking, providing and none", p.From)
			}
		}
		d.Labels = a.Labels
	}
	if len(d.Path) > 0 && d.Part == "" && a.Train > 0 { // a corpus that is divided already stays so
		d.Split.Train, d.Split.Valid, d.Split.Test = a.Train, a.Valid, a.Test
	}
	return d, nil
}
