// Package job prepares a run: it reads the run file's corpora, opens model and teacher folders,
// tokenises, and refuses what cannot be run before anything is started.
//
//	j, err := job.New(ctx, run, cacheDir, notify)   // errors.Is(err, job.ErrRefused): bad input
//	err := job.Check(ctx, run, cacheDir)            // the same refusals; makes nothing but token ids
//	key, err := j.Identity()                        // equal for jobs whose scores must be equal
//
// A Job is data: coordinator.Run carries it out, and reproduce plans tables of jobs without that
// package.
//
//	job.go         Job, Task, Row; New and Check
//	corpora.go     corpora read, encoded and described: leaks, lengths, counts
//	encoder.go     the base model and its tokenizer; the same job with another encoder
//	heads.go       which heads of the base the tasks continue with
//	teachers.go    teacher folders that the run file names
//	baseline.go    the folder a baseline begins with: words, vectors, random weights
//	pretraining.go corpora packed into sequences for masked-language pretraining
//	evaluation.go  which rows the finished student is scored on
//	identity.go    the hash that tables know finished runs by; the same job with other numbers
package job
