// Package core decides what happens next in a run. It is a pure state machine: events
// go in (a worker joined, a step is done, time passed), decisions come out (form a
// ring, deal a step, commit, save, abort). There is no clock, goroutine, file or
// socket in it; package coordinator, the shell, turns messages into events and
// decisions into messages, and each failure scenario is a short script in testdata/.
//
//	m := core.New(core.Config{Workers: 2, Min: 1, Max: 2, Ahead: 4, Silence: 2 * time.Second}, stages)
//	for event := range events {
//		for _, d := range m.Apply(event) {
//			execute(d)
//		}
//	}
//
// # A run
//
// The machine waits for Config.Workers workers and goes through the stages in order.
// Before each it asks the shell to Prepare it, since what a stage holds may depend on
// what the one before it left (a teacher's logits need the teacher's weights), and has
// all workers Begin: load its model. Two kinds of stage exist:
//
//   - Train: all ranks do every step together, on a ring. Steps are dealt Config.Ahead at
//     a time; a step is committed when every rank it was dealt to has reported it, in
//     order. After the last, a rank saves the model.
//   - Infer: batches of examples are dealt one by one to whichever worker is free;
//     each counts once. A batch whose worker is gone goes to another.
//
// # Generations
//
// Workers come and go in a Train stage. Each change of the ring's members is a new
// generation, as a rendezvous round in torchelastic, with a number that only rises. There are
// two ways into one:
//
//   - After a loss, or when a ring broke, at once (FormRing.Abrupt): steps that are dealt and not
//     committed are discarded, and dealt again to the remaining ranks: the same global batch,
//     the same λ and learning rate, since these belong to the step.
//   - For a worker that joins, or one that was asked to leave, between two steps: what is
//     dealt is completed in the old ring first.
//
// When its links are open, a worker says where its state stands (StateID). The most advanced
// one is the run's state. One that holds another state fetches it from one that has
// it (TransferState) while the ring goes on with it, brings a gradient of zeros meanwhile, and
// becomes active, which is to be dealt examples, once it has reported a step with the hash
// that the others had.
//
// # Why no step is lost or doubled
//
// A state is a sequence of steps applied to the stage's first state. Its StateID is how many
// there are, and the generation under which the last one was applied.
//
//  1. A rank applies step s in generation g only when the ring has given it the sum, and
//     the ring gives a sum only when all ranks of g have brought their part of step s in
//     g; who brings a part of s has applied s−1 or is fetching it. So ranks of g are never more
//     than one step apart, and those that apply s in g get the same bits.
//  2. Generation g begins from one state, the highest state ID among its members, and every active
//     rank of g holds that very state. So two states with the same state ID are the same (by
//     induction over generations), which is why a state ID is all that need be compared.
//  3. A step is committed when all whom its examples were dealt to have reported it, or when
//     a new generation is linked whose highest state ID has it. In the first case whoever survives
//     of those ranks has it; in the second all who are active from then on do. The machine
//     keeps the state ID of the last committed step, and accepts no state that may
//     lack it: one whose state ID is lower, or, where a linking committed the step,
//     one of a generation after the step was applied and before it was committed, since such
//     a generation may have begun without the step (ResumePoint.Settled; compare Raft's rule
//     on entries of older terms). So a committed step is in every state that is accepted
//     later: it is not lost, and as a state has each step once, it is not doubled.
//  4. A step that was applied somewhere and not committed is either in the state that the
//     next generation adopts, and then it is committed, or not, and then it is dealt again.
//     A copy of it on a worker that did not answer has an older generation. It is never
//     adopted once the new generation has applied a step, nor, by 3, once a step was
//     committed that it lacks.
//  5. When no member, spares included, holds a state with all that is committed, the stage
//     goes back to a checkpoint (RollBack): the shell drops the steps after it, in the
//     ledger too, and their examples are dealt again. The new generation is higher than all
//     before, so that copies of the abandoned steps are never adopted.
//  6. Reports of another generation than the one a step was dealt in change nothing, nor do
//     repeated ones.
//
// A coordinator that is restarted begins from a ResumePoint: the numbers that it had on disk.
// Its workers come back with their states, so that this is the linking of a new generation
// like any other. explore_test.go tries all orders of messages, losses and restarts of
// small runs against this argument, on this code, and explore_mutants_test.go breaks the
// code to see that it notices. EXPLORE=long and EXPLORE=mutants make them thorough.
//
// # Gates
//
// A stage may end before its last step, where the shell says so of the state before a gate (Judge,
// Judged). Steps from the gate on are dealt after that only, so the end does not depend on how far
// ahead steps are dealt, on losses or on restarts.
//
// # Leaving
//
// A worker that was asked to go does what it was dealt and goes at the next step boundary.
// Where nobody else holds the state and somebody is fetching it, it goes on until that
// one has it. After a restart of the coordinator it comes back with its state, like the others,
// and goes as soon as one that stays is back with as much; nobody waits for it then. The model
// is saved by one that is known to hold its last step; when it is lost and nobody else is known
// to, the others are asked where they stand.
//
// # Faults
//
// A worker is lost when the shell says so, when it has been silent for Config.Silence, or,
// where a neighbour blames it for a broken ring, for Config.Suspicion; it is then pinged
// at once. Where all are silent that hold the state, and still connected, they are given
// Config.LastHolders: nobody could go on without them. One that lives although its links fail again and again
// is a spare for a while. Ranks whose parameter hash differs from most are evicted. With
// fewer than Config.Min workers the run pauses; after Config.Setbacks losses in a row
// without any progress it ends, and so it does when workers say that they cannot work before
// anything was ever done. A step that is not finite ends it, unless workers were
// told to skip such steps, which the machine then sees as any other.
//
// # Files
//
//	event.go, decision.go  what goes in; what comes out
//	machine.go             the state of a run; ResumePoint; which event goes where
//	members.go             workers join, are lost or silent; spares; who may be on the ring
//	gather.go              who is waited for before a run begins or goes on
//	stage.go               from stage to stage; back to a checkpoint
//	ring.go                generations: a ring formed, linked, the state it adopts
//	train.go               steps dealt and committed; hashes compared; ranks evicted
//	gate.go                steps before which a stage may end
//	infer.go               batches dealt and committed
//	save.go, leave.go      the model handed over; workers that were asked to go
//	faults.go              broken rings, suspicion, barred workers, the majority of hashes
//	state.go               StateID and its order
//	waiting.go, roster.go  what the machine waits for; its members
//	errors.go              why a worker is dropped or a run ends
package core
