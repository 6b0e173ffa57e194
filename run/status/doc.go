// Package status is the status document of a process: what a run, or one of its workers, is
// doing now, how far it has come, how long it will take, who takes part, what it waits for.
//
//	s, err := status.OfRun(ctx, "runs/20260102-150405-sample", time.Now(), token) // live, or from files alone
//	d, err := status.Fetch(ctx, "http://127.0.0.1:40123", token)                   // of any process
//	err = status.Write(os.Stdout, s, 80)
//
// A coordinator posts a [Run] ten times a second, which its HTTP endpoint serves at /status;
// a worker serves a [Worker]. Both are JSON, with Kind to tell them apart. Fields may be
// added; a reader ignores those that it does not know.
//
// # From files
//
// A run whose process is gone, or has no endpoint, is described from its run directory
// (FromFiles): status.json, which a coordinator leaves when it ends in an orderly way, or else
// the logs. The lock of the directory tells whether a coordinator on this machine still runs.
// Of a run on another machine this is not known from files.
//
// # Files
//
//	run.go, phase.go    the document of a run, and where a run can stand
//	worker.go           the document of a worker
//	fetch.go            a document asked of a process
//	ofrun.go            a run directory's: live if possible
//	fromfiles.go        a run directory's, without its process
//	table.go            for people
//	errors.go           what can go wrong
package status
