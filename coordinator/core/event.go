package core

import "time"

// WorkerID names a worker for the length of a run.
type WorkerID string

// Event is something that happened. The concrete types are below.
type Event interface{ event() }

// Joined: a worker asks to take part. Held, where it is not nil, is the state of a
// training stage's model that the worker has from before. Barred is until when it is to wait
// as a spare, since those before it in its place came to nothing; the zero time is not at all.
type Joined struct {
	Worker WorkerID
	At     time.Time
	Held   *Held
	Barred time.Time
}

// Held is a worker's state of a stage.
type Held struct {
	Stage int
	State StateID
}

// Heard: a sign of life of any kind.
type Heard struct {
	Worker WorkerID
	At     time.Time
}

// Lost: a worker is known to be gone (its process ended, another took its name).
type Lost struct {
	Worker WorkerID
	Reason string
}

// Failed: a worker reports that it cannot go on, and ends.
type Failed struct {
	Worker WorkerID
	Reason string
}

// Broken: a worker cannot go on in this generation's ring, and waits for another. Rank is
// the one it holds at fault, −1 for none. It may be its own.
type Broken struct {
	Worker     WorkerID
	Generation uint64
	Rank       int
	Reason     string
	At         time.Time
}

// Unreached: a worker that asks to join does not reach this member.
type Unreached struct {
	Worker WorkerID
	At     time.Time
}

// Leaving: a worker was asked to go.
type Leaving struct{ Worker WorkerID }

// RingReady: a worker has opened its links of this generation. Mark is where its state
// stands, nil while it has none.
type RingReady struct {
	Worker     WorkerID
	Generation uint64
	State      *StateID
}

// Prepared answers Prepare and RollBack: what the stage consists of. Units are the steps of
// a Train stage or the batches of an Infer stage; a stage of none is skipped. From is the
// step whose state the stage's workers will load. Where GateEvery is above 0, each step whose number is
// a multiple of it is a gate; the state before the gate at Passed, and before those below it, has been judged.
type Prepared struct {
	Stage     int
	Kind      Kind
	Units     int
	From      int
	GateEvery int
	Passed    int
}

// Judged answers Judge: the stage goes on, or ends with the steps before Step.
type Judged struct {
	Stage int
	Step  int
	Ends  bool
}

// StageReady: a worker holds the model that the Begin of this generation spoke of.
type StageReady struct {
	Worker     WorkerID
	Generation uint64
}

// UnitDone: a worker finished a step (Train) or a batch (Infer). Hash, when not empty, is
// its parameter hash after the step. NotFinite: the step was not applied, since its
// gradient is not finite.
type UnitDone struct {
	Worker     WorkerID
	Generation uint64
	Stage      int
	Unit       int
	Hash       string
	NotFinite  bool
}

// Saved: what Save asked for is in the coordinator's hands. NotSaved: it is not, since the
// worker, or who took it over from it, could not write it; the worker lives.
type (
	Saved    struct{ Stage int }
	NotSaved struct {
		Worker WorkerID
		Stage  int
		Reason string
		At     time.Time
	}
)

// StopRequested: the user wants the run to end soon and cleanly.
type StopRequested struct{}

// Tick: time passes.
type Tick struct {
	Now time.Time
	// Connected are those of the workers that are silent whose connections are open, as far as that is known: their
	// processes live, or their machines are gone.
	Connected []WorkerID
}

func (Joined) event()        {}
func (Heard) event()         {}
func (Lost) event()          {}
func (Failed) event()        {}
func (Broken) event()        {}
func (Unreached) event()     {}
func (Leaving) event()       {}
func (RingReady) event()     {}
func (Prepared) event()      {}
func (Judged) event()        {}
func (StageReady) event()    {}
func (UnitDone) event()      {}
func (Saved) event()         {}
func (NotSaved) event()      {}
func (StopRequested) event() {}
func (Tick) event()          {}
