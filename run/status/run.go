package status

import "time"

// KindRun and KindWorker are the kinds of documents.
const (
	KindRun    = "run"
	KindWorker = "worker"
)

// Run is the document of a run. Durations are in seconds.
type Run struct {
	Kind string `json:"kind"` // KindRun
	// Run is the run's name, Directory its run directory, Method its training method.
	Run       string `json:"run"`
	Directory string `json:"directory"`
	Method    string `json:"method,omitempty"`

	Phase Phase `json:"phase"`
	// Reason is why the run ended or does not go on, in a sentence; mostly empty.
	Reason string `json:"reason,omitempty"`
	// AsOf is when this was true, Started when the run was first started.
	AsOf    time.Time `json:"as_of"`
	Started time.Time `json:"started,omitzero"`
	// Process is the coordinator's; the last one's where it is gone.
	Process *Process `json:"process,omitempty"`

	// Stage is the one under way, or the last that was; nil before the first.
	Stage *Stage `json:"stage,omitempty"`
	// WaitsFor is what has to come for the run to go on; nil when nothing is waited for. The next
	// step is waited for in this sense too, so Seconds tells whether it is worth a look.
	WaitsFor *Wait `json:"waits_for,omitempty"`

	Workers Workers `json:"workers"`
	// Generation numbers the ring.
	Generation uint64      `json:"generation"`
	Checkpoint *Checkpoint `json:"checkpoint,omitempty"`
	// Evicted is how many workers were lost, found silent, or evicted by this coordinator.
	Evicted int `json:"evicted"`
	// Refused is how many messages this coordinator refused, by kind; kinds without any are left out.
	Refused map[string]uint64 `json:"refused,omitempty"`
	// Model is the folder of the trained model of a finished run.
	Model string `json:"model,omitempty"`

	// Ready says whether the coordinator takes workers in and goes on, NotReady why not.
	Ready    bool   `json:"ready"`
	NotReady string `json:"not_ready,omitempty"`
}

// Process is a process of a machine.
type Process struct {
	Host string `json:"host"`
	PID  int    `json:"pid"`
}

// Stage is how far a stage has come.
type Stage struct {
	Name string `json:"name"` // teacher/empathy, student, evaluate
	// Index counts from 1, Of is the number of stages; 0 where that is not known.
	Index int `json:"index,omitempty"`
	Of    int `json:"of,omitempty"`
	// Done of Total steps (Training) or batches are committed.
	Done     int  `json:"done"`
	Total    int  `json:"total"`
	Training bool `json:"training"`
	// Of the last step: the share of the gold labels, the learning rate, the mean loss of each task.
	Lambda       *float64           `json:"lambda,omitempty"`
	LearningRate float64            `json:"learning_rate,omitempty"`
	Loss         map[string]float64 `json:"loss,omitempty"`
	// ExamplesPerSecond and TimeLeft, of this stage in seconds, are smoothed; absent where not known.
	ExamplesPerSecond float64  `json:"examples_per_second,omitempty"`
	TimeLeft          *float64 `json:"time_left_seconds,omitempty"`
}

// Wait is what is waited for.
type Wait struct {
	For     string  `json:"for"`
	From    string  `json:"from,omitempty"`
	Seconds float64 `json:"seconds"`
}

// Workers are those of a run.
type Workers struct {
	// Active is how many take part, Wanted how many the run starts with; with fewer than
	// Min it pauses, those beyond Max are spares.
	Active  int      `json:"active"`
	Wanted  int      `json:"wanted"`
	Min     int      `json:"min"`
	Max     int      `json:"max"`
	Members []Member `json:"members"`
}

// Member is a worker.
type Member struct {
	Worker string `json:"worker"`
	Host   string `json:"host,omitempty"`
	PID    int    `json:"pid,omitempty"`
	// Rank is its place in the ring, −1 without one.
	Rank  int   `json:"rank"`
	State State `json:"state"`
	// Silent is how long ago it was heard last, in seconds.
	Silent float64 `json:"silent_seconds,omitempty"`
}

// State is what a member does.
type State string

// The states of a member.
const (
	Active  State = "active"  // it takes part
	Spare   State = "spare"   // there are enough, or it is kept out for a while
	Joining State = "joining" // it loads the model, or waits for the next ring
	Leaving State = "leaving" // it was asked to go
)

// States are all states.
var States = []State{Active, Spare, Joining, Leaving}

// Checkpoint is the newest one.
type Checkpoint struct {
	Stage string `json:"stage"`
	Step  int    `json:"step"`
	// Written is when it was complete; zero where that is not known.
	Written time.Time `json:"written,omitzero"`
	// Unsaved is how many committed steps it does not have.
	Unsaved int `json:"unsaved_steps"`
}
