// Package progress is what a person sees while a run goes on, and at its end.
//
//	r := progress.New(os.Stderr, progress.ForFile(os.Stderr, time.Now))
//	r.StageStarted(progress.Stage{Name: "student", Index: 4, Of: 4, Steps: 400, Tasks: names, Annealed: true})
//	r.Step(progress.Step{Step: 0, Lambda: 0, Loss: loss, Examples: counts, Seconds: 0.4, RingSeconds: 0.05})
//	r.Warn("worker 1 has left; going on with 1 of 2")
//	r.StageDone()
//	err := r.Close()
//	err = progress.WriteSummary(os.Stdout, summary)
//
// A Reporter is fed with values and decides what to show. On a terminal it keeps one
// live line, redrawn in place with a single write and fitted to the width; notes and
// warnings scroll by above it. Anywhere else, as in a file or a CI log, it prints a plain
// line at the first and the last step, and between them one each tenth of the way or
// each half minute, whichever comes first.
//
// What is shown of speed, loss and ring share is smoothed; events.jsonl has the exact
// values. The time left is that of the stage, from the smoothed time a step has taken
// lately on the clock, so pauses count.
//
// There is no goroutine and no clock in here: Options.Now gives the time. A Reporter may
// be used from several goroutines.
package progress
