package core

// Decision is something the shell must carry out. The concrete types are below.
type Decision interface{ decision() }

// Welcome: the worker takes part. Refuse: it does not, and why.
type (
	Welcome struct{ Worker WorkerID }
	Refuse  struct {
		Worker WorkerID
		Reason string
	}
)

// FormRing: the members, in rank order, open links for this generation.
type FormRing struct {
	Generation uint64
	Members    []WorkerID
}

// Prepare: say with a Prepared event what stage number Stage consists of.
type Prepare struct{ Stage int }

// Begin: every member loads the stage's model.
type Begin struct {
	Stage      int
	Generation uint64
	Members    []WorkerID
}

// DealStep: send step Step of the stage to every member.
type DealStep struct {
	Stage      int
	Generation uint64
	Step       int
}

// DealChunk: send a chunk to one worker.
type DealChunk struct {
	Stage      int
	Generation uint64
	Chunk      int
	Worker     WorkerID
}

// Commit: the step (Train) or chunk (Infer) is done and counts.
type Commit struct {
	Stage      int
	Generation uint64
	Unit       int
	// Worker did the chunk; empty for a step, which all members did.
	Worker WorkerID
}

// Save: the worker hands over the stage's model. Finished is false when the stage
// was stopped before its last step; Steps are the committed ones.
type Save struct {
	Stage    int
	Worker   WorkerID
	Steps    int
	Finished bool
}

// StageDone: all of the stage is committed (and saved).
type StageDone struct{ Stage int }

// Finished: the run is complete; workers may go. Stopped: it ended early because the
// user asked. Abort: it cannot go on.
type (
	Finished struct{}
	Stopped  struct{}
	Abort    struct{ Cause error }
)

func (Welcome) decision()   {}
func (Refuse) decision()    {}
func (FormRing) decision()  {}
func (Prepare) decision()   {}
func (Begin) decision()     {}
func (DealStep) decision()  {}
func (DealChunk) decision() {}
func (Commit) decision()    {}
func (Save) decision()      {}
func (StageDone) decision() {}
func (Finished) decision()  {}
func (Stopped) decision()   {}
func (Abort) decision()     {}
