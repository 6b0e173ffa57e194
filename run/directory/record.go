package directory

import (
	"fmt"
	"slices"
	"time"
)

// Entry is a line of record.log, the coordinator's own record: exactly one of the
// pointers is set.
type Entry struct {
	Opened         *Opened         `json:"opened,omitempty"`
	Generation     *Generation     `json:"generation,omitempty"`
	StageBegun     *StageBegun     `json:"stage_begun,omitempty"`
	RolledBack     *RolledBack     `json:"rolled_back,omitempty"`
	StageDone      *StageDone      `json:"stage_done,omitempty"`
	CheckpointKept *CheckpointKept `json:"checkpoint_kept,omitempty"`
	Reopened       *Reopened       `json:"reopened,omitempty"`
	Delivered      *Delivered      `json:"delivered,omitempty"`
	Judged         *Judged         `json:"judged,omitempty"`
}

// Opened: a coordinator took the run up. A run has one for every time it was started.
type Opened struct {
	Run     string    `json:"run"` // the run's name on NATS, a token
	Started time.Time `json:"started"`
	Config  string    `json:"config"` // hash of the resolved configuration
	// Rows are hashes over the rows of each task, by its name; releases before did not write them.
	Rows map[string]string `json:"rows,omitempty"`
}

// Generation: a number was given to a ring of these members. Numbers rise for ever, over
// restarts too.
type Generation struct {
	Number  uint64   `json:"number"`
	Members []string `json:"members"` // by rank
	Why     string   `json:"why"`
}

// StageBegun: the members were told to load a stage's model. Generation is the generation of
// that order, From the steps that are in what they load.
type StageBegun struct {
	Index      int    `json:"index"`
	Name       string `json:"name"`
	Generation uint64 `json:"lineage"`
	From       int    `json:"from"`
}

// RolledBack: of a stage's committed steps only the first To stand; the others are done
// again. It comes before the logs are cut (Dir.TruncateTo), and the stage begins anew
// (StageBegun) after they are.
type RolledBack struct {
	Stage string `json:"stage"`
	To    int    `json:"to"`
	Why   string `json:"why"`
}

// StageDone: all steps of a stage are committed, and its result is in its place.
type StageDone struct {
	Index int    `json:"index"`
	Name  string `json:"name"`
}

// Reopened: a stage that was done, and those after it, are not done any more: the run was resumed
// with a longer training.
type Reopened struct {
	Index int    `json:"index"`
	Name  string `json:"name"`
}

// CheckpointKept: the checkpoint of a stage after Step steps is complete. Score is the
// target's F1 on its validation rows, where it was measured.
type CheckpointKept struct {
	Stage string   `json:"stage"`
	Step  int      `json:"step"`
	Score *float64 `json:"score,omitempty"`
}

// Delivered: the student is the state after Step of its steps, chosen by Score, the target's
// F1 on its validation rows; LastScore is that of the state after the last step.
type Delivered struct {
	Step      int     `json:"step"`
	Score     float64 `json:"score"`
	LastScore float64 `json:"last_score"`
}

// Judged: the state after Steps steps of a stage that may end early has this score on the target's
// validation rows. Ends says that the stage ends with it.
type Judged struct {
	Stage string  `json:"stage"`
	Steps int     `json:"steps"`
	Score float64 `json:"score"`
	Ends  bool    `json:"ends,omitempty"`
}

// Record is what a record's entries come to.
type Record struct {
	// Run is the run's name on NATS, Started when it was first opened, Config the hash of
	// the configuration that it was last opened with, Opens how often it was.
	Run     string
	Started time.Time
	Config  string
	Opens   int
	// Rows are hashes over the rows of each task that the run was last opened with, by its name; nil where no entry has them.
	Rows map[string]string
	// Generation is the highest number handed out; 0 before the first.
	Generation uint64
	// Members are those of each generation, by rank.
	Members map[uint64][]string
	// Stage is the one under way, as it last began; nil between two stages.
	Stage *StageBegun
	// Begun is how each stage that has begun did so last, by name.
	Begun map[string]StageBegun
	// Back is a going back after which the stage did not begin anew: nil, or the last
	// thing that the coordinator decided about the logs.
	Back *RolledBack
	// Done are the stages that are done, in order.
	Done []StageDone
	// Kept is the last checkpoint that was completed, of steps that were not taken back.
	Kept *CheckpointKept
	// Delivered is which student was chosen; nil where nothing was.
	Delivered *Delivered
	// Judged are the states that were, of steps that were not taken back.
	Judged []Judged
}

// fits says why an entry cannot follow what stands already; nil when it can.
func (r *Record) fits(e Entry) error {
	kinds := 0
	for _, set := range []bool{
		e.Opened != nil, e.Generation != nil, e.StageBegun != nil, e.RolledBack != nil, e.StageDone != nil, e.CheckpointKept != nil, e.Reopened != nil, e.Delivered != nil, e.Judged != nil,
	} {
		if set {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return fmt.Errorf("%w: an entry must have exactly one kind, this one has %d", ErrEntry, kinds)
	case e.Generation != nil && e.Generation.Number <= r.Generation:
		return fmt.Errorf("%w: generation %d after generation %d", ErrEntry, e.Generation.Number, r.Generation)
	case e.RolledBack != nil && e.RolledBack.To < 0:
		return fmt.Errorf("%w: %s goes back to step %d", ErrEntry, e.RolledBack.Stage, e.RolledBack.To)
	case e.Reopened != nil && !slices.ContainsFunc(r.Done, func(d StageDone) bool { return d.Index == e.Reopened.Index && d.Name == e.Reopened.Name }):
		return fmt.Errorf("%w: %s is reopened, but was not done", ErrEntry, e.Reopened.Name)
	}
	return nil
}

// add takes in an entry that fits.
func (r *Record) add(e Entry) {
	switch {
	case e.Opened != nil:
		if r.Opens++; r.Opens == 1 {
			r.Run, r.Started = e.Opened.Run, e.Opened.Started
		}
		r.Config = e.Opened.Config
		if e.Opened.Rows != nil {
			r.Rows = e.Opened.Rows
		}
	case e.Generation != nil:
		r.Generation = e.Generation.Number
		if r.Members == nil {
			r.Members = map[uint64][]string{}
		}
		r.Members[r.Generation] = slices.Clone(e.Generation.Members)
	case e.StageBegun != nil:
		begun := *e.StageBegun
		r.Stage, r.Back = &begun, nil
		if r.Begun == nil {
			r.Begun = map[string]StageBegun{}
		}
		r.Begun[begun.Name] = begun
	case e.RolledBack != nil:
		back := *e.RolledBack
		r.Back = &back
		if r.Kept != nil && r.Kept.Stage == back.Stage && r.Kept.Step > back.To {
			r.Kept = nil // it goes with the steps that are taken back
		}
		r.Judged = slices.DeleteFunc(r.Judged, func(j Judged) bool { return j.Stage == back.Stage && j.Steps > back.To })
	case e.StageDone != nil:
		r.Done = append(r.Done, *e.StageDone)
		r.Stage, r.Back = nil, nil
	case e.Reopened != nil:
		r.Done = slices.DeleteFunc(r.Done, func(d StageDone) bool { return d.Index >= e.Reopened.Index })
		r.Stage, r.Back = nil, nil
		if begun, ok := r.Begun[e.Reopened.Name]; ok {
			r.Stage = &begun
		}
	case e.CheckpointKept != nil:
		kept := *e.CheckpointKept
		r.Kept = &kept
	case e.Delivered != nil:
		delivered := *e.Delivered
		r.Delivered = &delivered
	case e.Judged != nil:
		r.Judged = append(r.Judged, *e.Judged)
	}
}
