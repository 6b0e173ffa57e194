package core

import "time"

// Decision is something the shell must carry out. The concrete types are below.
type Decision interface{ decision() }

// Welcome: the worker is in, as a spare where there are enough. Refuse: it is not, and why.
type (
	Welcome struct {
		Worker WorkerID
		Spare  bool
	}
	Refuse struct {
		Worker WorkerID
		Reason string
	}
)

// Prepare: say with a Prepared event what stage number Stage consists of.
type Prepare struct{ Stage int }

// RollBack: nobody holds the stage's state any more. Find the newest checkpoint of at most
// Steps steps, forget the steps after it, and say with a Prepared event where that is.
type RollBack struct {
	Stage int
	Steps int
}

// Begin: these workers load the stage's model. Generation is a number of the same sequence as
// the rings'; the shell has it on disk before it tells anybody. From is the step whose
// state they load; a worker that joins later loads the stage's first state and fetches the newest.
type Begin struct {
	Stage      int
	Generation uint64
	From       int
	Members    []WorkerID
}

// FormRing: the members, in rank order, open links for this generation: at once, giving
// up what is under way, when Abrupt; otherwise after what they were dealt. The shell has
// the number on disk before it tells anybody.
type FormRing struct {
	Generation uint64
	Members    []WorkerID
	Abrupt     bool
}

// TransferState: From keeps a copy of its state, with Step steps applied, and serves it; To
// fetches it.
type TransferState struct {
	Stage      int
	Generation uint64
	Step       int
	From, To   WorkerID
}

// DealStep: send step Step of the stage to every member of the ring; its examples to the
// ranks that are ActiveRanks. Hash asks for the parameters' hash.
type DealStep struct {
	Stage       int
	Generation  uint64
	Step        int
	ActiveRanks []int
	Hash        bool
}

// Judge: say with a Judged event whether the stage goes on from the state before Step. All its steps
// before that are committed, and Holders, by rank, have the state. It is asked once in a generation.
type Judge struct {
	Stage      int
	Generation uint64
	Step       int
	Holders    []WorkerID
}

// DealBatch: send a batch to one worker.
type DealBatch struct {
	Stage      int
	Generation uint64
	Batch      int
	Worker     WorkerID
}

// Commit: the step (Train) or batch (Infer) is done and counts. Worker did the batch, or
// is one of those that applied the step.
type Commit struct {
	Stage  int
	Unit   int
	Worker WorkerID
}

// Save: the worker hands over the stage's model. Finished is false when the stage
// was stopped before its last step; Steps are the committed ones. Holders are all
// workers that have the state, by rank.
type Save struct {
	Stage    int
	Worker   WorkerID
	Holders  []WorkerID
	Steps    int
	Finished bool
}

// SaveLater: the model was not saved, and why; it is tried again after a while.
type SaveLater struct {
	Stage int
	Cause error
	In    time.Duration
}

// StageDone: all of the stage is committed (and saved).
type StageDone struct{ Stage int }

// Ping: have the worker show that it lives.
type Ping struct{ Worker WorkerID }

// Dropped: the worker is a member no more. Evict: tell it to end, and why; it may not
// come back with what it holds. Release: it may end when it has done what it was dealt.
type (
	Dropped struct {
		Worker WorkerID
		Cause  error
	}
	Evict struct {
		Worker WorkerID
		Cause  error
	}
	Release struct{ Worker WorkerID }
)

// RingBroken: the ring of that generation broke, though all its members live; the next is formed.
// Barred: the worker is a spare for so long, since its links failed again and again.
type (
	RingBroken struct {
		Generation uint64
		Cause      error
	}
	Barred struct {
		Worker WorkerID
		Cause  error
		For    time.Duration
	}
)

// Paused: there are too few workers. Resumed: there are enough again.
type (
	Paused  struct{ Have, Need int }
	Resumed struct{ Have int }
)

// Finished: the run is complete; workers may go. Stopped: it ended early because the
// user asked. Abort: it cannot go on.
type (
	Finished struct{}
	Stopped  struct{}
	Abort    struct{ Cause error }
)

func (Welcome) decision()       {}
func (Refuse) decision()        {}
func (Prepare) decision()       {}
func (RollBack) decision()      {}
func (Begin) decision()         {}
func (FormRing) decision()      {}
func (TransferState) decision() {}
func (DealStep) decision()      {}
func (Judge) decision()         {}
func (DealBatch) decision()     {}
func (Commit) decision()        {}
func (Save) decision()          {}
func (SaveLater) decision()     {}
func (StageDone) decision()     {}
func (Ping) decision()          {}
func (Dropped) decision()       {}
func (Evict) decision()         {}
func (Release) decision()       {}
func (RingBroken) decision()    {}
func (Barred) decision()        {}
func (Paused) decision()        {}
func (Resumed) decision()       {}
func (Finished) decision()      {}
func (Stopped) decision()       {}
func (Abort) decision()         {}
