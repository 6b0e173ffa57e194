// Package worker carries out a coordinator's orders: it joins a run, opens its links to
// its neighbours on the ring, loads a stage's model, does the steps and batches it is
// dealt, and hands the trained model over.
//
//	err := worker.Run(ctx, worker.Options{NATS: "nats://host:4222", Device: "auto"})
//
// A worker decides nothing. Which examples, which λ, which learning rate: all of it
// comes with the step. So a worker that is slow, late or new cannot bend a schedule.
//
// # A step
//
//	backward   gradient of the sum of this rank's losses ÷ the global batch's size
//	ring       sum of the gradients over all ranks, then of the losses, the same bits everywhere
//	update     AdamW with the step's learning rate
//
// The ring does not wait for the whole gradient. The model announces one bucket of it
// after the other during its last backward pass, and a goroutine sums them over the
// ranks in that order:
//
//	compute  forward │ backward ─────────────────────────────│ (waits)          │ optimiser
//	ring                  bucket 0 │ bucket 1 │ … │ bucket n (words) ──│ losses │
//
// The last bucket is the matrix of word embeddings, of which only the rows of the
// step's tokens travel (rows.go). Whichever fails first, model or ring, stops the other,
// and the step's error is the first one's. Since the losses travel too, any one rank's
// report tells the whole step.
//
// The links go from worker to worker, each of which then has a server of its own, or
// over a broker that all share: the order that forms the ring says which (ring.go).
//
// A rank that was dealt no examples brings a gradient of zeros and does the rest like
// everybody else.
//
// A worker with several devices (device: "cuda:0,cuda:1") holds a replica of the model on
// each. They share its examples; the gradients are added up in the worker, by NCCL or by
// copies (between.go), the ring is entered once for all of them, and every replica does the
// same update (replicas.go).
// Only the first one answers batches and is saved.
//
// # Generations
//
// The members of a ring are a generation. What a worker holds is named by how many steps
// are in it and the generation under which the last was applied (protocol.Held), as a
// log's index and term name its end in Raft. A rank whose ring completed applies the step at
// once, whatever came meanwhile; so survivors of a loss differ by one step at most.
//
//	ring fails            gradient and residual dropped, ring closed, Broken reported,
//	                      the rest of the generation's steps not done; wait for the next Ring
//	Ring, abrupt          what is under way of older generations is given up at once, and
//	                      what waits of them is void; that is not reported
//	Ring, not abrupt      takes its turn after the steps dealt before it
//	Begin                 as an abrupt Ring; the model, learning and donations go too
//	model or order fails  Failed reported, and the worker ends
//
// With every ring that is open a worker says what it holds, and repeats its reports of steps
// that may not be on the coordinator's disk (membership.go). The goroutine that polls sees
// an abrupt order at once and cancels the executor's work (agenda.go): a step that waits for
// a dead rank would never come to its end by itself in good time.
//
// # Learning
//
// A newcomer, or a survivor that is a step behind, takes the state over from a donor, which
// copies it between two steps and gives it out from memory (donating.go). Meanwhile the
// learner does the ring's part of every step with a gradient of zeros and keeps the sums:
//
//	donor    step 7 │ copies │ step 8 │ step 9 │ step 10 │ step 11
//	learner          fetches ──────────────────│ sets, 8, 9, 10 │ step 11
//	its ring                  │ zeros  │ zeros  │ zeros   │
//
// It applies them by the same update, so that it is a member like the others from the first
// step on that it applied: equal to the bit, and its report of the step says so by its hash
// (learning.go). Its queue is bounded; when it is full, the ring waits. Until it has applied
// something, what it held before counts still, should the learning break off.
//
// # What is not finite
//
// A NaN goes through the ring and so comes to all ranks, which see the same norm and the
// same losses, decide the same, and touch nothing (notfinite.go). A rank then goes through
// its examples one by one to name those at fault.
//
// # Checkpoints
//
// Every rank writes a part of the flat vectors, copied between two steps and written by a
// goroutine beside the next ones, and what rounding lost on it; the coordinator pulls the
// parts together (shards.go, package checkpoint). A stage that begins from them is in the
// state they hold, on any number of ranks (restore.go).
//
// # Sessions
//
// A coordinator that was started anew does not know the session in a worker's questions and
// calls it a stranger. The worker drops ring, orders, reports and learning, keeps its model,
// and joins again with what it holds (session.go). Questions repeat until they are answered,
// and at once when a lost connection is there again (link.go).
//
// # Who runs where
//
// One goroutine polls for orders and so shows that the worker lives, one repeats
// reports until they are answered, and the executor does the orders one after another.
// Only the executor touches tensors. What it starts it waits for: the goroutine of a step's
// ring, which works on the memory of gradients that the model has announced and does not
// touch any more; the one that fetches a state; the one that writes a shard, both on copies.
package worker
