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
// A rank that was dealt no examples brings a gradient of zeros and does the rest like
// everybody else.
//
// # Who runs where
//
// One goroutine polls for orders and so shows that the worker lives, one repeats
// reports until they are answered, and the executor does the orders one after another.
// Only the executor touches tensors.
package worker
