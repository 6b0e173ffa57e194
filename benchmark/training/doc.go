// Package training measures training as users have it: the program itself as a child process on a run
// file, in turns with peers that are written as their users write them (bench/peer), if a Python with
// torch and transformers is at hand.
//
//	rows, err := training.Step(ctx, training.Options{
//		Program: "bin/ringmaster", Worker: "bin/ringmaster-worker", PeerPython: "venv/bin/python",
//		Model: "minilm", Workers: []int{1, 2}, Threads: 1, Batch: 16, Length: 64, Steps: 15, Rounds: 7,
//		Precision: config.Float32,
//	})
//
// [Step] measures a training step of fixed shape, [Pretrain] a step of masked-language pretraining, and
// [Job] an annealed distillation from its first process to the student's last step.
//
// # What is measured
//
// In each round every side runs once, in an order drawn by a fixed seed. All processes of a side run on
// the same cores, as many as workers times threads where the machine has that many. GPUs are not used.
//
//   - Time. Of ours: from one commit to the next, by events.jsonl, so the coordinator's work and the
//     messages count. Of a peer: from the batch to the end of the update, after a barrier. The median
//     of the steps after the first [warmUp].
//   - Processor time. Of ours: of all processes, coordinator too, between the commits, read from /proc.
//     Of a peer: of its ranks, by the clock that Python has for it.
//   - Memory. The largest resident set that any of a side's processes reached, as the kernel counts it
//     (ru_maxrss). Ours includes what a run does after training: it scores the student.
//   - The machine's peak: products of matrices of 2048 rows and columns by `ringmaster-worker peak`, one
//     process a rank at the same time, with the threads and the precision of the training, once a round.
//     The share of it (MFU) takes the largest of the rounds.
//
// A job's time runs from the start of the program, which reads corpora, makes tokens, starts workers
// and computes the teachers' logits. A peer's begins when its modules are imported. Their processor
// time is that of the whole job, divided by the student's steps.
//
// # Files
//
//	options.go            what is measured, and how
//	run.go                the rounds
//	step.go, pretrain.go, job.go   the sides of each benchmark: run files and command lines
//	samplejob.go          the job that is measured without a run file
//	corpus.go             texts of random words
//	child.go, usage.go    a child process, and what it and its children use
//	ours.go, peer.go      a run of the program, of a peer
//	peak.go               the machine's peak arithmetic
package training
