// Package rundir owns a run directory: where each file lies, who may write it, and
// what is still true of it after a crash.
//
//	RUN_DIR/config.yaml     the whole resolved configuration
//	        plan.json       each task's training rows: with config.yaml, all a plan depends on
//	        events.jsonl    one Event a committed step
//	        ledger.jsonl    one LedgerEntry a committed step: who contributed which examples
//	        trace.json      where each step's time went, when asked for
//	        metrics.json    scores per task and part
//	        teachers/       teacher logits, computed once (TeacherStore)
//	        checkpoints/    step-N/, complete or absent (Checkpoints)
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
//	d, err := rundir.CreateUnder("runs", time.Now(), "sample")
//	defer d.Close()
//	err = d.WriteConfig(run.Write)
//	err = d.AppendEvent(rundir.Event{Stage: "student", Step: 0, …})
//	err = d.AppendLedger(rundir.LedgerEntry{Stage: "student", Step: 0, Ranks: …})
//	err = d.WriteMetrics(report)
//
// # Reading
//
// Layout names the files of any run directory and reads them without a lock, also
// while the run goes on:
//
//	torn, err := rundir.Layout("runs/20260102-150405-sample").ReadLedger(func(e rundir.LedgerEntry) error { … })
//
// # Promises
//
//   - A line of a log is handed to the operating system whole, in one write, before its
//     Append returns; it survives a kill of the process. Sync and Close make it survive
//     a power cut.
//   - A reader stops cleanly before a last line that is not whole and says so; anything
//     else that cannot be read is ErrDamaged with file and line. Resume removes such a
//     line before it appends.
//   - config.yaml, plan.json, metrics.json and files of teacher logits are old or new, never
//     between: written aside, synced, renamed.
//   - A checkpoint exists under its name only when all of it is on disk, and it is
//     handed out by Newest only when every checksum holds.
//   - Teacher logits are computed once per teacher, tokenizer, length and text. A
//     damaged file of them is set aside, said, and computed anew.
package rundir
