// Package directory manages a run directory: the location of each file, who may write it, and
// what is guaranteed after a crash.
//
//	RUN_DIR/config.yaml     the whole resolved configuration
//	        plan.json       each task's training rows: with config.yaml, all a plan depends on
//	        corpora.json    rows, leaks and lengths of each task's corpus (Corpus)
//	        events.jsonl    one Event per committed step
//	        ledger.jsonl    one LedgerEntry per committed step: which rank processed which examples
//	        record.log      the coordinator's own record: generations, stages, checkpoints (Entry)
//	        http            URL of the coordinator's HTTP endpoint while it runs; mode 0600
//	        status.json     the last status document, left at the end (package status)
//	        control.json    address and credentials for a restarted coordinator; mode 0600
//	        evicted.jsonl   workers that may not join again, and why
//	        join            what a worker on another machine needs; mode 0600
//	        trace.json      timeline of all steps, if requested
//	        metrics.json    scores per task and part
//	        predictions.jsonl  one Prediction per scored row
//	        before.json     of a pretraining run: the base model's scores, repeated in metrics.json
//	        teachers/       teacher logits, computed once (TeacherStore)
//	        checkpoints/    step-N/, teacher-empathy-step-N/, complete or absent (Checkpoints)
//	        model/          the student as a Hugging Face folder
//	        lock            locked by the running coordinator
//
// # Writing
//
// The one process that writes a run opens it with Create, CreateUnder or Resume and
// keeps its lock until Close. A second process on the same directory gets ErrInUse, with
// the process id of the first. The lock is a kernel lock (flock): it is released when its
// process ends, in any way.
//
//	d, err := directory.CreateUnder("runs", time.Now(), "sample")
//	defer d.Close()
//	err = d.WriteConfig(run.Write)
//	err = d.Record(directory.Entry{Generation: &directory.Generation{Number: 1, …}}) // on disk when it returns
//	err = d.Commit(directory.Event{Stage: "student", Step: 0, …}, directory.LedgerEntry{Stage: "student", Step: 0, Ranks: …})
//	err = d.Sync()                                                             // and now the step is
//	err = d.WriteMetrics(report)
//
// # Resuming
//
//	d, err := directory.Resume(path)                       // repairs what a crash left
//	d.Mended()                                          // what was missing or damaged, and what was done
//	err = d.CheckConfig(config)                         // the run file is that of the run
//	record, _, err := d.ReadRecord()                    // generations, the current stage
//	stage, steps, generation, err := d.Committed()      // the steps in both logs
//	cp, ok, damaged, err := directory.OpenCheckpoints(d.Checkpoints()).Newest(stage, steps)
//	err = d.Record(directory.Entry{RolledBack: …})         // if no worker has the committed state:
//	err = d.TruncateTo(stage, cp.Step)                  // remove the steps after the checkpoint
//	err = d.Record(directory.Entry{StageBegun: …})
//
// # Reading
//
// Layout names the files of any run directory and reads them without a lock, also while
// the run is in progress:
//
//	torn, err := directory.Layout("runs/20260102-150405-sample").ReadLedger(func(e directory.LedgerEntry) error { … })
//
// # Promises
//
//   - A line of a log is passed to the operating system in one write before Commit returns; it
//     survives a kill of the process. Sync and Close make it survive a power failure. An entry of
//     the record survives a power failure when Record returns.
//   - After a kill one of the two logs is a prefix of the other, and the ledger has at most one
//     more line: Resume removes that line. Every other difference is filled in: for every step
//     that the other log, or an intact checkpoint, has, a log gets a line that marks it as lost
//     (Event.Lost, LedgerEntry.Lost). Of a record the lines with a valid checksum are kept.
//   - Nothing intact is removed because something else is damaged. A file that is rewritten is
//     kept under another name (events.jsonl.damaged-1), and so are lines and checkpoints that
//     are rolled back (events.jsonl.taken-back-1, checkpoints/step-40.damaged-1).
//   - A rollback truncates each log at the end of a line, in place. The bytes before are
//     not touched, so after a crash a log is either as before or as intended; between the two
//     truncations the ledger is a prefix of the events. A rollback in the record without a
//     following StageBegun is completed by Resume.
//   - A reader stops before an incomplete last line and reports it; anything else that cannot
//     be read is ErrDamaged with file and line. Resume removes such a line before it appends.
//   - config.yaml, plan.json, corpora.json, control.json, metrics.json, predictions.jsonl and files of
//     teacher logits are replaced atomically: written to a temporary file, synced, renamed.
//   - A checkpoint exists under its name only when all of it is on disk, and Newest returns
//     it only if every checksum matches. Pruning never removes the newest intact one. On a full
//     disk the older one is kept, and no part of the new one.
//   - An existing trace is continued after its last complete event.
//   - Teacher logits are computed once per teacher, tokenizer, length and text. A damaged file
//     of them is kept under another name, reported, and computed again.
//
// # Files
//
//	layout.go                   where each file lies; readers without a lock
//	dir.go, open.go, lock.go    a directory that this process writes; made, resumed, locked
//	event.go, ledger.go         lines of events.jsonl and ledger.jsonl
//	log.go, readlog.go, lines.go, place.go
//	                            logs written and read
//	record.go, recordlog.go     entries of record.log; their checksums
//	committed.go, mend.go       which steps both logs have; files missing or damaged
//	checkpoints.go, checksums.go, keep.go, progress.go
//	                            checkpoints: written, verified, the newest, which are kept
//	config.go, samerun.go       whether a run file makes the same run
//	plan.go, corpora.go, prediction.go, control.go, trace.go, endpointfile.go
//	                            the other files
//	holder.go, newest.go        who runs it, and its newest steps, at little cost
//	teacherstore.go, teacherfile.go
//	                            teachers' logits; the format of their file
//	discard.go                  a directory of a run that could not begin
package directory
