// Package worker carries out a coordinator's orders: it joins a run, opens its links to
// its neighbours on the ring, loads a stage's model, does the steps and chunks it is
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
//	ring       sum of the gradients over all ranks, the same bits everywhere
//	update     AdamW with the step's learning rate
//
// The ring does not wait for the whole gradient. The model announces one bucket of it
// after the other during its last backward pass, and a goroutine sums them over the
// ranks in that order:
//
//	compute  forward │ backward ─────────────────────────────│ (waits) │ optimiser
//	ring                  bucket 0 │ bucket 1 │ … │ bucket n (words) ──│
//
// The last bucket is the matrix of word embeddings, of which only the rows of the
// step's tokens travel (rows.go). Whichever fails first, model or ring, stops the other,
// and the step's error is the first one's.
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
// Only the first one answers chunks and is saved.
//
// # Who runs where
//
// One goroutine polls for orders and so shows that the worker lives, one repeats
// reports until they are answered, and the executor does the orders one after another.
// Only the executor touches tensors; the goroutine it starts for a step's ring works on
// the memory of gradients that the model has announced and does not touch any more, and
// has ended when the step has.
package worker
