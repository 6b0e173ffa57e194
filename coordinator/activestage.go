package coordinator

import (
	"fmt"

	"ringmaster/coordinator/core"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// activeStage is the stage under way, and how far it has come.
type activeStage struct {
	stage // nil before the first
	index int
	begin protocol.Begin
	units int
	from  int // unit at which its state was loaded
	done  int // committed units
	// farthest is how many units were ever committed: more than done after a rollback.
	farthest int
	kept     int // step of the last checkpoint

	dealt   map[int]dealt                                // steps that are not committed
	reports map[int]map[core.WorkerID]*protocol.StepDone // of such steps
	answers map[int]*protocol.InferenceDone              // of batches that are not committed
	skipped skipped

	times stageTimes // of all stages
}

// dealt is how a step was dealt last.
type dealt struct {
	generation uint64
	active     []int // ranks that have examples of it
}

// load takes in what a stage consists of. What was reported before is void.
func (a *activeStage) load(index int, s stage, begin protocol.Begin, units int) {
	if index != a.index {
		a.done, a.from, a.kept, a.farthest = 0, 0, 0, 0
	}
	a.index, a.stage, a.begin, a.units = index, s, begin, units
	a.dropReports()
	a.answers, a.skipped = map[int]*protocol.InferenceDone{}, skipped{}
}

// dropReports forgets which steps were dealt, and what was reported of them: they are void now. What is true of them is
// reported again, with the members' states.
func (a *activeStage) dropReports() {
	a.reports, a.dealt = map[int]map[core.WorkerID]*protocol.StepDone{}, map[int]dealt{}
}

// training is the stage under way where it trains, else nil.
func (a *activeStage) training() *trainStage {
	s, _ := a.stage.(*trainStage)
	return s
}

// addReport keeps a report of a step as it was dealt until the step is committed.
func (a *activeStage) addReport(w core.WorkerID, s *protocol.StepDone) {
	if d, ok := a.dealt[s.Step]; ok && d.generation == s.Generation {
		a.addPending(w, s)
	}
}

// addPending keeps a report that a worker has from before the present ring. One of an older
// generation is not used.
func (a *activeStage) addPending(w core.WorkerID, s *protocol.StepDone) {
	if a.reports == nil || s.Stage != a.index || s.Step < a.done {
		return
	}
	if a.reports[s.Step] == nil {
		a.reports[s.Step] = map[core.WorkerID]*protocol.StepDone{}
	}
	if known := a.reports[s.Step][w]; known == nil || known.Generation <= s.Generation {
		a.reports[s.Step][w] = s
	}
}

// addAnswers keeps a batch's logits until the batch is committed.
func (a *activeStage) addAnswers(done *protocol.InferenceDone) {
	if a.answers != nil && done.Stage == a.index {
		a.answers[done.Batch] = done
	}
}

// advanced says whether so many committed units are more than ever before, and remembers it.
func (a *activeStage) advanced(units int) bool {
	if units <= a.farthest {
		return false
	}
	a.farthest = units
	return true
}

// unsaved is how many committed steps no checkpoint has.
func (a *activeStage) unsaved() int {
	if a.training() == nil || a.done == a.units {
		return 0
	}
	return max(0, a.done-max(a.from, a.kept))
}

// undone tells a person of the committed steps that no checkpoint has.
func (a *activeStage) undone() string {
	switch n := a.unsaved(); n {
	case 0:
		return ""
	case 1:
		return "; 1 step since the last checkpoint must be repeated"
	default:
		return fmt.Sprintf("; %d steps since the last checkpoint must be repeated", n)
	}
}

// modelBytes is the size of the model folder that the stage begins with.
func (a *activeStage) modelBytes() (size int64) {
	for _, f := range a.begin.Folder.Files {
		size += f.Size
	}
	return size
}

// checkSize says whether a worker may hand over so much: a worker says itself what its files
// are, and what it says is believed as far as it can be true of the stage's model.
func (a *activeStage) checkSize(folder transfer.Folder) error {
	return folder.Within(maxFiles, extraBytes+sizeFactor*a.modelBytes())
}

const (
	// maxFiles is how many files a model or a part of a state has at most.
	maxFiles = 64
	// sizeFactor is how many times as large as the stage's first model a model, or a whole
	// state in float32 with the optimiser's moments and rounding errors, may be; extraBytes
	// is for new heads.
	sizeFactor, extraBytes = 8, 256 << 20
)
