// Package directory owns a run directory: where each file lies, who may write it, and
// what is still true of it after a crash.
//
//	RUN_DIR/config.yaml     the whole resolved configuration
//	        plan.json       each task's training rows: with config.yaml, all a plan depends on
//	        corpora.json    rows, leaks and lengths of each task's corpus (Corpus)
//	        events.jsonl    one Event a committed step
//	        ledger.jsonl    one LedgerEntry a committed step: who contributed which examples
//	        record.log      the coordinator's own record: generations, stages, checkpoints (Entry)
//	        control.json    where a coordinator that is started again listens; 0600
//	        trace.json      where each step's time went, when asked for
//	        metrics.json    scores per task and part
//	        predictions.jsonl  one Prediction a scored row
//	        before.json     of a pretraining: the base's scores, which metrics.json repeats
//	        teachers/       teacher logits, computed once (TeacherStore)
//	        checkpoints/    step-N/, teacher-empathy-step-N/, complete or absent (Checkpoints)
//	        model/          the student as a Hugging Face folder
//	        lock            held by the coordinator that is running
//
// # Writing
//
// The one process that writes a run opens it with Create, CreateUnder or Resume and
// holds its lock until Close. A second one on the same directory gets ErrInUse, with
// the first one's process id. The lock is the kernel's (flock): it goes when its holder
// does, however it ends.
//
//	d, err := directory.CreateUnder("runs", time.Now(), "sample")
//	defer d.Close()
//	err = d.WriteConfig(run.Write)
//	err = d.Record(directory.Entry{Generation: &directory.Generation{Number: 1, …}}) // on the disk when it returns
//	err = d.Commit(directory.Event{Stage: "student", Step: 0, …}, directory.LedgerEntry{Stage: "student", Step: 0, Ranks: …})
//	err = d.Sync()                                                             // and now the step is
//	err = d.WriteMetrics(report)
//
// # Going on
//
//	d, err := directory.Resume(path)                       // what a crash left is put right
//	d.Mended()                                          // what was missing or damaged, and what was done
//	err = d.CheckConfig(config)                         // the run file makes the same run
//	record, _, err := d.ReadRecord()                    // generations, the stage under way
//	stage, steps, generation, err := d.Committed()      // what stands in both logs
//	cp, ok, damaged, err := directory.OpenCheckpoints(d.Checkpoints()).Newest(stage, steps)
//	err = d.Record(directory.Entry{RolledBack: …})         // where nobody holds what was committed:
//	err = d.TruncateTo(stage, cp.Step)                  // the steps behind the checkpoint go
//	err = d.Record(directory.Entry{StageBegun: …})
//
// # Reading
//
// Layout names the files of any run directory and reads them without a lock, also
// while the run goes on:
//
//	torn, err := directory.Layout("runs/20260102-150405-sample").ReadLedger(func(e directory.LedgerEntry) error { … })
//
// # Promises
//
//   - A line of a log is handed to the operating system whole, in one write, before Commit
//     returns; it survives a kill of the process. Sync and Close make it survive a power
//     cut. An entry of the record survives that when Record returns.
//   - After a kill one of the two logs is a beginning of the other, and the ledger one line
//     longer at most: Resume cuts that line. Everything else that differs is made up:
//     a log gets a line that says that it is lost (Event.Lost, LedgerEntry.Lost) for every
//     step that the other log, or a whole checkpoint, has and it has not. Of a record the
//     lines stay that have their checksum.
//   - Nothing that is whole goes because something else is not. A file that is written anew
//     stands aside as it was (events.jsonl.damaged-1), and so do lines and checkpoints that
//     are taken back (events.jsonl.taken-back-1, checkpoints/step-40.damaged-1).
//   - Taking steps back cuts each log at the end of a line, in place. The bytes before are
//     not touched, so a crash leaves a log as it was or as it is to be; between the two
//     cuts the ledger is a beginning of the events. A going back that the record speaks of
//     and no StageBegun follows is carried out by Resume.
//   - A reader stops cleanly before a last line that is not whole and says so; anything
//     else that cannot be read is ErrDamaged with file and line. Resume removes such a
//     line before it appends.
//   - config.yaml, plan.json, corpora.json, control.json, metrics.json, predictions.jsonl and files of
//     teacher logits are old or new, never between: written aside, synced, renamed.
//   - A checkpoint exists under its name only when all of it is on disk, and it is
//     handed out by Newest only when every checksum holds. Keeping few never removes the
//     newest whole one. On a full disk the one before stands, and no part of the new one.
//   - A trace that is there is gone on with, behind its last whole event.
//   - Teacher logits are computed once per teacher, tokenizer, length and text. A
//     damaged file of them is set aside, said, and computed anew.
package directory
