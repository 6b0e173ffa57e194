// Package coordinator runs a job: it prepares the data, serves NATS, starts or awaits
// workers, deals them steps and batches, and keeps the run directory.
//
//	job, err := job.New(ctx, run, cacheDir, notify)   // reads and checks; starts nothing
//	result, err := coordinator.Run(ctx, job, options)              // goes through the stages
//
// # Where things are
//
//	job/         a run prepared: corpora, tokens, model folders; what it depends on
//	core/        what happens next, as a pure state machine
//	straggler/   which rank or link holds the others up
//	waiting/     what a run waits for, and when that is worth a line
//	progress/    what a person sees
//
// What a run is, its plan, messages, directory and scores, is in package run and known to
// workers too.
//
// This package is the shell around them: sockets, processes, files, the clock. One
// goroutine (coordinator.drive) owns a run. It takes inputs from the session (what workers
// say), from background work (hashing and fetching folders) and from a ticker, gives
// them to the core as events, and carries the core's decisions out. Why no order of these
// loses a step or takes one twice is argued in core/doc.go, beside the code that it is about
// and the exploration that tries it; how a committed step gets to the disk is in commit.go.
//
// # Stages
//
// A run of method kd-annealed with tasks empathy and sentiment goes through
//
//	teacher/empathy, logits/empathy, teacher/sentiment, logits/sentiment, student, choose, evaluate
//
// and a pretraining (method mlm, whose job packs the corpora into one task's rows) through
//
//	perplexity/before, pretrain, perplexity/after
//
// Both are run by Run; of a pretraining Result has Perplexities, and Model is a folder that
// another run may begin with.
//
// Each stage begins with a model folder that every worker obtains by its content, so a
// stage depends on nothing that a worker remembers from the one before. Trained
// teachers, and their logits, are kept by all that they depend on; a stage whose result
// is at hand has no units and is passed over.
package coordinator
