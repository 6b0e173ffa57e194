package allreduce_test

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"ringmaster/allreduce"
)

// Three ranks in one process sum their vectors. Over NATS only the transports differ
// (NewEndpoint, NewBroker).
func Example() {
	const world = 3
	group, ctx := errgroup.WithContext(context.Background())
	sums := make([][]float32, world)
	for rank, transport := range allreduce.NewMemory(world) {
		group.Go(func() error {
			ring, err := allreduce.Open(ctx, transport, allreduce.Options{Rank: rank, World: world, Run: "example", Generation: 1})
			if err != nil {
				return err
			}
			sums[rank] = []float32{float32(rank), 10, 0.5}
			if err := ring.AllReduce(ctx, sums[rank]); err != nil {
				return err
			}
			return ring.Close()
		})
	}
	if err := group.Wait(); err != nil {
		fmt.Println(err)
		return
	}
	for rank, sum := range sums {
		fmt.Println("rank", rank, sum)
	}
	// Output:
	// rank 0 [3 30 1.5]
	// rank 1 [3 30 1.5]
	// rank 2 [3 30 1.5]
}
