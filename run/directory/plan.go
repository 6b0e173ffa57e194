package directory

import (
	"path/filepath"

	"ringmaster/kinds"
	"ringmaster/run/plan"
)

// Plan is plan.json: with config.yaml, all that a run's plan depends on. It is written
// when a run starts, so that whoever checks the ledger needs neither corpora nor models.
type Plan struct {
	// Tasks are the student's tasks, in the run file's order.
	Tasks []PlannedTask `json:"tasks"`
	// Taken names the training stages that had nothing to do, since the teacher was at
	// hand already. Such a stage has no line in the logs, unless the run was resumed and
	// had trained that teacher itself.
	Taken []string `json:"taken"`
	// Before are the lengths that the student, or the pretraining, had before the one of
	// config.yaml: the run was resumed with another.
	Before []plan.Length `json:"before,omitempty"`
	// Base is the folder that training begins with, Tokenizer the hash of its tokenizer;
	// Teachers are the folders of trained teachers, by task. Whoever makes a model of a
	// checkpoint needs them.
	Base      string            `json:"base,omitempty"`
	Tokenizer string            `json:"tokenizer,omitempty"`
	Teachers  map[string]string `json:"teachers,omitempty"`
	// Scales are the scales that values are trained on, by task. A checkpoint's heads answer in them.
	Scales map[string]kinds.Scale `json:"scales,omitempty"`
}

// PlannedTask is a task's training rows: the plan's index i is row Rows[i] of its files.
type PlannedTask struct {
	Name string `json:"name"`
	Rows []int  `json:"rows"`
	// Classes are the rows' classes where these are dealt alike often.
	Classes []int32 `json:"classes,omitempty"`
}

// ReadPlan reads plan.json; fs.ErrNotExist when a run of an older release left none.
func (l Layout) ReadPlan() (Plan, error) { return readJSON[Plan](l.Plan()) }

// TrainedTeachers are the folders of the teachers that the run has trained, or found trained by
// another, by name: those beside the run directory. A damaged or missing plan names none.
func (l Layout) TrainedTeachers() map[string]string {
	found := map[string]string{}
	plan, err := l.ReadPlan()
	if err != nil {
		return found
	}
	for _, dir := range plan.Teachers {
		if filepath.Dir(dir) == filepath.Join(filepath.Dir(string(l)), filepath.Base(l.Teachers())) {
			found[filepath.Base(dir)] = dir
		}
	}
	return found
}
