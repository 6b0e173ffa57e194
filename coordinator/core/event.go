package core

import "time"

// WorkerID names a worker for the length of a run.
type WorkerID string

// Event is something that happened. The concrete types are below.
type Event interface{ event() }

// Joined: a worker asks to take part.
type Joined struct {
	Worker WorkerID
	At     time.Time
}

// Heard: a sign of life of any kind.
type Heard struct {
	Worker WorkerID
	At     time.Time
}

// Lost: a worker is known to be gone (its process ended, it said goodbye).
type Lost struct {
	Worker WorkerID
	Reason string
}

// Failed: a worker reports that it cannot go on.
type Failed struct {
	Worker WorkerID
	Reason string
}

// Accused: a worker reports that it cannot go on because of another rank.
type Accused struct {
	Worker WorkerID
	Rank   int // at fault
	Reason string
}

// RingReady: a worker has opened its links of this generation.
type RingReady struct {
	Worker     WorkerID
	Generation uint64
}

// Prepared answers Prepare: what the stage consists of. Units are the steps of a
// Train stage or the chunks of an Infer stage; a stage of none is skipped.
type Prepared struct {
	Stage int
	Kind  Kind
	Units int
}

// StageReady: a worker holds the stage's model and can take units.
type StageReady struct {
	Worker     WorkerID
	Generation uint64
	Stage      int
}

// UnitDone: a worker finished a step (Train) or a chunk (Infer). Hash, when not
// empty, is its parameter hash after the step.
type UnitDone struct {
	Worker     WorkerID
	Generation uint64
	Stage      int
	Unit       int
	Hash       string
}

// Saved: what Save asked for is in the coordinator's hands.
type Saved struct {
	Worker WorkerID
	Stage  int
}

// StopRequested: the user wants the run to end soon and cleanly.
type StopRequested struct{}

// Tick: time passes.
type Tick struct{ Now time.Time }

func (Joined) event()        {}
func (Heard) event()         {}
func (Lost) event()          {}
func (Failed) event()        {}
func (Accused) event()       {}
func (RingReady) event()     {}
func (Prepared) event()      {}
func (StageReady) event()    {}
func (UnitDone) event()      {}
func (Saved) event()         {}
func (StopRequested) event() {}
func (Tick) event()          {}
