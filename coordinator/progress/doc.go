// Package progress shows the progress of a run, and its summary.
//
//	r := progress.New(os.Stderr, progress.ForFile(os.Stderr, time.Now))
//	r.StageStarted(progress.Stage{Name: "student", Index: 4, Of: 4, Steps: 400, Tasks: names, Annealed: true})
//	r.Step(progress.Step{Step: 0, Lambda: 0, Loss: loss, Examples: counts, Seconds: 0.4, RingSeconds: 0.05})
//	r.Warn("worker 1 has left; going on with 1 of 2")
//	r.StageDone()
//	err := r.Close()
//	err = progress.WriteSummary(os.Stdout, summary)
//
// A Reporter receives values and decides what to show. On a terminal it shows one live
// line, redrawn in place with a single write and fitted to the width; notes and warnings
// are printed above it. In a file or a CI log it prints a plain line for the first and the
// last step, and in between one per tenth of the stage or per half minute, whichever comes
// first.
//
// Speed, loss and the share of the ring are smoothed; events.jsonl has the exact values.
// The remaining time is that of the stage, estimated from the smoothed elapsed time of recent
// steps, including pauses.
//
// The package has no goroutine and no clock: Options.Now gives the time. A Reporter may
// be used from several goroutines.
package progress
