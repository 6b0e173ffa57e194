// Package inputs gathers what a run file names on a person's machine (corpora, label names, word
// vectors, the model, teachers), so that it can be sent to where the run is coordinated.
//
//	bundle, err := inputs.Of(run)
//	err = bundle.Push(conn, progress)   // the other end: `ringmaster files receive DIR`
//	err = bundle.WriteRun(w)            // the run file for `ringmaster coordinator --inputs DIR`
//
// What is at an s3:// address stays there: the coordinator reads it itself.
package inputs
