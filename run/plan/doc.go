// Package plan says what every step of a training stage does, as pure functions of
// the run file and the data: no clock, no I/O, no state that a restart could lose.
//
// A plan belongs to the step, never to a worker. From a [Stage] one asks
//
//	stage.Steps()        how many steps there are
//	stage.Step(n)        step n: its λ, its learning rate, its global batch
//	Deal(lengths, world) which rank computes which examples of that batch
//
// Step(n) gives the same answer on every machine and however often it is asked, so
// a coordinator that restarts, a worker that asks twice and an auditor who checks a
// ledger years later all see the same plan. [Trainings] lists a run's training stages
// and their numbers.
//
// # Sampling of tasks
//
// The examples of a multi-task stage are drawn one after another. Each draw first
// picks a task with probability ∝ size^SamplingExponent (BAM, Clark et al. 2019, uses
// 0.75), then takes the next example of that task's own shuffled epoch. So within one epoch of
// its task every example is dealt exactly once, however the tasks are mixed, and
// however many workers share the batch.
//
// Of a task with [Task].Classes the draws go round its classes, one of each in every block, and each class has shuffled
// passes of its own: within one pass over a class every example of it is dealt exactly once. An epoch is as many draws as
// the task has examples, so rows of rare classes are dealt several times in it, and not all rows of frequent ones.
//
// # Schedules
//
// [Lambda] rises linearly from exactly 0 at the first step to exactly 1 at the last
// (Hosseini & Caragea, Equation 3). [LearningRate] rises linearly over the warm-up
// and then falls linearly or along a cosine to zero, or stays (train.schedule).
//
// # Files
//
//	schedule.go   λ and the learning rate
//	stage.go      which examples are in a step's global batch
//	balanced.go   a task's classes dealt alike often
//	deal.go       which rank computes which of them; evendeal.go: the deal it is compared with
//	packing.go    ranks filled with texts up to a cost
//	load.go       what a rank's texts cost
//	segment.go    a stage whose length was changed on the way
//	trainings.go  the training stages of a run
//	random.go     the streams of random numbers
package plan
