// Package coordinator runs a job: it prepares the data, serves NATS, starts or awaits
// workers, deals them steps and batches, and keeps the run directory.
//
//	job, err := job.New(ctx, run, cacheDir, notify)   // reads and checks; starts nothing
//	result, err := coordinator.Run(ctx, job, options) // goes through the stages
//
// # Packages
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
// # One loop
//
// This package is the shell around them: sockets, processes, files, the clock. One
// goroutine, that of coordinator.drive, owns a run. It takes inputs from the gateway (what
// workers say), from background work (hashing and fetching folders) and from a ticker, gives
// them to the core as events, and executes the core's decisions. Each group of fields that
// changes together is a type of its own, which that goroutine alone touches. Why no order of
// events loses a step or applies one twice is argued in core/doc.go, beside the code that it
// is about and the exploration that tries it.
//
// # Files
//
// The run as a whole:
//
//	run.go               Run, its options and result
//	coordinator.go       the parts, the loop, inputs, workers that join
//	monitor.go           what is shown over HTTP; runstatus.go: the status document
//	decisions.go         what the core decides, executed
//	open.go              what is started and closed
//	loop.go              events to the core; background work
//	setup.go             what a run was started with
//	errors.go            what a run may end with
//
// Workers:
//
//	gateway.go           the protocol's server side: sessions, polls, reports
//	events.go            what a report means to the core
//	orderqueue.go        a worker's orders until they are acknowledged
//	membership.go        who the workers are: joined, evicted, released, lost
//	admission.go         whether a worker may join, and how a refusal is shown
//	rejoin.go            workers that keep failing wait before they join again
//	dismiss.go           the end of the run, told to each worker
//	localworkers.go      processes on this machine; processexit.go: how they ended
//	respawn.go           which of them are started again, and when
//	checklocal.go        how many of them are allowed
//	server.go            the NATS server, embedded or named; presence.go: one coordinator a run
//
// Stages (each begins with a model folder that every worker obtains by its content, so a stage
// depends on nothing that a worker remembers from the one before):
//
//	stages.go            the stages of each method
//	train.go             a stage that trains; steporders.go: its orders, one a rank
//	notfinite.go         which examples made a step not finite; skipped.go: limits on skipping
//	infer.go             a stage that asks a model about examples
//	teachers.go          a teacher; teacherlogits.go, teacherquality.go: what it predicts
//	selection.go         the best state is delivered; selectionpolicy.go: whether and when
//	evaluate.go          scores of the student
//	perplexity.go        scores of a masked language model
//
// A stage under way:
//
//	activestage.go       which it is, how far it came, reports not yet committed
//	ring.go              the newest ring: generation and ranks
//	dealing.go           steps and batches to workers
//	commit.go            a step is committed: its lines in the logs
//	logsync.go           how many committed steps are on the disk
//	participation.go     how many workers took part
//	checkpoint.go        checkpoints: ordered, written, given up
//	pendingcheckpoint.go the one under way; checkpointfiles.go: its files
//	validation.go        its score
//	receive.go           which files of a worker are taken over in place
//	handover.go          a trained model from a worker
//	stagetimes.go        how long stages took
//	waits.go             what the run waits for; stopping.go: how long after a stop
//
// Runs that are resumed:
//
//	record.go            record.log: numbers on disk before a worker hears of them
//	planfile.go          plan.json
//	recovery.go          which stage and committed step --resume continues at; reopen.go: with
//	                     a greater length
//	restoremodel.go      a model that is missing or damaged
//	length.go            the lengths that the training had
//	rollback.go          which checkpoint a stage restarts from, also after --resume
//
// # Methods
//
// A run of method kd-annealed with tasks empathy and sentiment goes through
//
//	teacher/empathy, logits/empathy, teacher/sentiment, logits/sentiment, student, choose, evaluate
//
// and a pretraining (method mlm, whose job packs the corpora into one task's rows) through
//
//	perplexity/before, pretrain, perplexity/after
//
// Of a pretraining Result has Perplexities, and Model is a folder that another run may begin
// with. Trained teachers, and their logits, are cached under a hash of all that they depend on;
// a stage whose result is cached has no units and is skipped.
package coordinator
