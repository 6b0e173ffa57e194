package status

// Phase is where a run stands.
type Phase string

// The phases.
const (
	Preparing Phase = "preparing" // files are read; no worker is needed yet
	Gathering Phase = "gathering" // too few workers to begin
	Loading   Phase = "loading"   // workers load a stage's model
	Linking   Phase = "linking"   // workers form a ring
	Training  Phase = "training"  // steps
	Inference Phase = "inference" // batches: teachers' logits, scores
	Saving    Phase = "saving"    // a trained model is handed over
	Paused    Phase = "paused"    // too few workers to go on
	Stopping  Phase = "stopping"  // asked to stop
	Finished  Phase = "finished"  // all stages are done
	Stopped   Phase = "stopped"   // ended on request; --resume continues
	Failed    Phase = "failed"    // ended with an error
	Dead      Phase = "dead"      // its process is gone without a word
	// Unknown: the run is not finished, and whether its process runs cannot be told from here.
	Unknown Phase = "unknown"
)

// Phases are all phases.
var Phases = []Phase{Preparing, Gathering, Loading, Linking, Training, Inference, Saving, Paused, Stopping, Finished, Stopped, Failed, Dead, Unknown}

// Ended says whether no process of the run is left.
func (p Phase) Ended() bool { return p == Finished || p.Broken() }

// Broken says whether the run ended before it was finished.
func (p Phase) Broken() bool { return p == Stopped || p == Failed || p == Dead }
