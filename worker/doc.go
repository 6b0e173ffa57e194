// Package worker carries out a coordinator's orders: it joins a run, links to its neighbours
// on the ring, loads a stage's model, does training steps and inference batches, and hands
// over the trained model.
//
//	err := worker.Run(ctx, worker.Options{NATS: "nats://host:4222", Device: "auto"})
//
// A worker decides nothing about the training. Examples, λ and learning rate come with each
// step's order, so a worker that is slow, late or new cannot affect a schedule.
//
// # A step
//
// step.go is the training loop:
//
//	reduce   forward and backward; beside them the ring sums gradients, then losses
//	update   AdamW with the step's learning rate, or nothing where a sum is not finite
//	report   losses, gradient norm, parameter hash, timeline
//
// A rank's gradient is that of the sum of its losses divided by the global batch's size, so
// the all-reduce is a plain sum, without a division by the world size as in DDP. The ring does not wait for the whole gradient. During the last backward
// pass the model announces one finished bucket after the other, and a goroutine sums them over
// the ranks in that order (ringreducer.go):
//
//	compute  forward │ backward ─────────────────────────────│ (waits)          │ optimizer
//	ring                  bucket 0 │ bucket 1 │ … │ bucket n (words) ──│ losses │
//
// The last bucket is the matrix of word embeddings, of which only the rows of the step's
// tokens travel (embeddingrows.go). Of frozen layers nothing does: there are no buckets for them. Whichever fails first, backward pass or ring, stops the
// other, and its error is the step's. Since the losses travel too, any one rank's report tells
// the whole step.
//
// Links go from worker to worker, each of which then has a ring server of its own, or over a
// broker that all share: the order that forms the ring says which (ring.go).
//
// A rank without examples brings a gradient of zeros and does the rest like any other.
//
// A worker with several devices (device: "cuda:0,cuda:1") holds a replica of the model on
// each. They share its examples; their gradients are summed in the worker, by NCCL or by
// copies (devicereducer.go), the ring is entered once for all of them, and every replica does
// the same update (replicas.go). Only the first answers inference batches and is saved.
//
// # What is not finite
//
// A NaN goes through the ring and so reaches all ranks, which see the same norm and the same
// losses, and all skip the update. Each then goes through its examples one by one to name
// those at fault (notfinite.go).
//
// # Generations
//
// The members of a ring are a generation. A worker's state is named by the number of steps
// that are in it and the generation under which the last was applied (protocol.Held), as the
// index and term of its last entry name a log in Raft. A rank whose ring completed applies the
// step at once, whatever came meanwhile; so survivors of a loss differ by one step at most.
//
//	ring fails            gradient and residual are dropped, the ring is closed, Broken is
//	                      reported; the generation's other steps are ignored; the worker
//	                      waits for the next Ring
//	Ring, abrupt          what is under way of older generations is abandoned at once, and
//	                      queued orders of them are dropped without a report
//	Ring, not abrupt      is executed after the steps that are queued before it
//	Begin                 as an abrupt Ring; model and state transfers are dropped too
//	model or order fails  Failed is reported, and the worker ends
//
// With every ring that it forms a worker says which state it holds, and repeats its reports of
// steps that may not be on the coordinator's disk (membership.go, appliedsteps.go). The
// goroutine that polls sees an abrupt order at once and cancels the order under way
// (orderqueue.go): a step that waits for a dead rank would not end by itself in time.
//
// # State transfer
//
// A worker that joins late, or a survivor that is a step behind, fetches the training state
// from another worker. That one copies its state between two steps and serves it from memory
// (stateserver.go). Meanwhile the fetching worker takes part in the ring with gradients of
// zeros and queues the sums (statefetch.go):
//
//	source    step 7 │ copies │ step 8 │ step 9 │ step 10 │ step 11
//	fetching          fetches ──────────────────│ sets, 8, 9, 10 │ step 11
//	its ring                  │ zeros  │ zeros  │ zeros   │
//
// It applies the queued sums by the same update, so that it is bit-identical to the others
// from the first step that it applies, and its reports say so by their hashes. The queue is
// bounded; when it is full, the ring waits. If the transfer fails, the worker's own state
// counts again.
//
// # Checkpoints
//
// Every rank writes a shard of the flat vectors and its residual, which are copied between two
// steps and written by a goroutine beside the next ones; the coordinator pulls the shards
// (checkpointshards.go, package checkpoint). A stage that begins with a checkpoint has its
// state, on any number of ranks (restore.go).
//
// # Sessions
//
// A coordinator that was restarted does not know the session that a worker names. The worker
// then drops ring, orders, reports and state transfers, keeps its model, and joins again with
// the state it holds (session.go). Requests are repeated until they are answered, and at once after
// a reconnect (link.go).
//
// # Goroutines
//
// One polls for orders, which shows that the worker lives; one delivers reports; the executor
// carries out one order after another and alone touches tensors. It waits for what it starts:
// the goroutine of a step's ring, which works on gradients that the backward pass has
// finished; the one that fetches a state and the one that writes a shard, which work on
// memory of their own.
//
// # Files
//
//	worker.go, errors.go      Run, Options; errors
//	monitor.go                what is shown over HTTP
//	link.go, poll.go          questions to the coordinator; orders polled, reports delivered
//	unanswered.go             what is logged while nobody answers
//	join.go, ringaddress.go   joining; this worker's ring server, and the search for others'
//	session.go                goroutines of a session; joining again
//	orderqueue.go             orders that wait, and the cancelling of one under way
//	reportqueue.go            reports that wait
//	executor.go               the loop that carries orders out
//	membership.go, ring.go    this rank's place in a generation; the links of its ring
//	stage.go                  the stage under way and its model
//	loadmodel.go, savemodel.go, infer.go
//	                          model loaded, saved; inference batches answered
//	step.go                   the training step
//	reducedstep.go            a step between reduce and update; timeline.go: what its time went into
//	ringreducer.go            buckets summed over the ranks, beside the backward pass
//	embeddingrows.go          word embeddings' rows that travel
//	replicas.go               one model a device; devicereducer.go: their gradients summed
//	notfinite.go              a step whose loss or gradient is NaN or infinite
//	appliedsteps.go           which steps are in the state; reports not yet committed
//	stateserver.go, statefetch.go
//	                          training states served to, and fetched from, another worker
//	checkpointshards.go, restore.go
//	                          shards written; a checkpoint's state restored
//	scratch.go                the temporary folder
//	predict.go, predictlines.go
//	                          a model folder's answers to texts, apart from any run
package worker
