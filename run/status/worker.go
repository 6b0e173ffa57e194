package status

import "time"

// WorkerPhase is where a worker stands.
type WorkerPhase string

// The phases of a worker.
const (
	WorkerConnecting WorkerPhase = "connecting" // no server, or no coordinator, answers
	WorkerJoining    WorkerPhase = "joining"    // not a member yet
	WorkerSpare      WorkerPhase = "spare"      // a member that waits for a place
	WorkerWaiting    WorkerPhase = "waiting"    // a member between two stages or rings
	WorkerLoading    WorkerPhase = "loading"    // it loads a stage's model
	WorkerRing       WorkerPhase = "ring"       // in the ring
	WorkerInference  WorkerPhase = "inference"  // it answers batches, for which there is no ring
	WorkerLeaving    WorkerPhase = "leaving"    // it was asked to go
)

// WorkerPhases are all phases of a worker.
var WorkerPhases = []WorkerPhase{WorkerConnecting, WorkerJoining, WorkerSpare, WorkerWaiting, WorkerLoading, WorkerRing, WorkerInference, WorkerLeaving}

// Worker is the document of a worker process.
type Worker struct {
	Kind   string      `json:"kind"` // KindWorker
	Worker string      `json:"worker"`
	Run    string      `json:"run,omitempty"`
	Phase  WorkerPhase `json:"phase"`
	// Reason is why it is no further, where that is known.
	Reason  string    `json:"reason,omitempty"`
	AsOf    time.Time `json:"as_of"`
	Process Process   `json:"process"`
	// Stage is the stage under way, Step how many of its steps, or batches, this worker did last.
	Stage string `json:"stage,omitempty"`
	Step  int    `json:"step"`
	// Rank and World are its place in the ring; World is 0 outside one.
	Rank       int    `json:"rank"`
	World      int    `json:"world"`
	Generation uint64 `json:"generation"`
	// Silent is how long ago the coordinator answered last, in seconds; absent before its first answer.
	Silent *float64 `json:"coordinator_silent_seconds,omitempty"`

	Ready    bool   `json:"ready"`
	NotReady string `json:"not_ready,omitempty"`
}
