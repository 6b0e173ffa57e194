// Package ringbench measures the ring of package allreduce as its users have it: real
// processes, one a rank, over real sockets, beside PyTorch's gloo if a Python with torch
// is at hand.
//
//	rows, err := ringbench.Run(ctx, ringbench.Options{
//		Program: []string{"ringmaster", "bench", "rank"}, // a process that calls ServeRank
//		Workers: []int{2, 4}, Sizes: []int{1000, 11_700_000},
//		Wires: []ringbench.Wire{ringbench.Float32}, Topologies: []ringbench.Topology{ringbench.Mesh},
//		Rounds: 7, RoundTime: 300 * time.Millisecond, Pin: true,
//	})
//	fmt.Println(ringbench.Table(rows))
//
// # What is measured
//
// A row has several rounds. In a round the ring, then the peer, repeats the operation for
// RoundTime, at least twice; the processes of the other side live and wait meanwhile, so
// that what disturbs the machine disturbs both. All ranks begin together; a round counts
// as long as its slowest rank. Rows report medians over the rounds, with least and most.
//
// Every result is compared with the sum that it should be (pattern.go), outside the time
// that counts. A wrong one ends the benchmark with ErrWrongSum's sentence.
//
// CPU time is that of all ranks during the sum and, with a broker, also that of the parent
// process, which runs the broker, from the round's order to its last answer.
//
// The ring bound: each rank sends 2(N−1)/N of the vector to its right neighbour, so no
// ring is done sooner than links carry that. What a link carries is measured in the same
// rounds, by raw TCP over loopback: all ranks send 64 MB to the right at once, 64 KB a
// write, and take as much from the left into one buffer.
//
// # The peer
//
// It sums float32 always: gloo has no other wire for gradients. A ratio in a bfloat16
// or int8 row is therefore against gloo's float32, as its users have it. It is started as
// torchrun would, with OMP_NUM_THREADS=1, and bound to cores only with PeerPin.
//
// # Processes
//
// The parent gives orders in lines of JSON (protocol.go), which the peer's script
// understands too. A rank leaves when its standard input closes, in the middle of an
// operation too, so none outlives the parent, whatever ends it.
package ringbench
