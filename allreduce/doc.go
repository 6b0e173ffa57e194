// Package allreduce is a ring all-reduce: every rank brings a vector of the same length,
// and every rank gets their sum, bit-identical on all ranks.
//
//	ring, err := allreduce.Open(ctx, transport, allreduce.Options{Rank: 0, World: 3, Run: "demo", Generation: 1})
//	...
//	err = ring.AllReduce(ctx, gradient) // every rank calls it, in the same order, with the same length
//	...
//	err = ring.Close()
//
// # Terms
//
//	bucket     a part of a model's gradient that is summed by one AllReduce, as in PyTorch's
//	           DistributedDataParallel. Package model cuts the gradient into buckets
//	           (model.Buckets); this package sees one bucket at a time, as a vector.
//	segment    the World-th part of a vector: what a rank sends in one ring step
//	chunk      a piece of a segment that fits in one message (Options.ChunkBytes)
//	window     how many chunks may be in flight on a link (Options.Window)
//	credit     the receiver's message that it has consumed chunks, and so has room for more
//	operation  one AllReduce: a reduce-scatter, then an all-gather
//
// # The algorithm
//
// The vector is cut into as many segments as there are ranks, and each rank exchanges
// messages with its two neighbours alone: chunks of the vector travel to the right, credits
// to the left.
//
//	         data →          data →
//	rank 0 ─────────▶ rank 1 ─────────▶ rank 2
//	  ▲    ◀ credits         ◀ credits    │
//	  └───────────────────────────────────┘
//
// Reduce-scatter: in ring step t = 0 … N−2 rank r sends segment r−t to the right and
// adds the segment r−t−1 that comes from the left to its own. After N−1 ring steps it
// holds one finished segment, r+1. All-gather: in the next N−1 steps the finished
// segments travel round once more, and are copied. Both halves are the same
// formula, so the program counts one step number from 0 to 2N−3: at step t rank r
// sends segment (r−t) mod N and receives segment (r−1−t) mod N (schedule/plan.go).
//
//	world 3     step 0   step 1 │ step 2   step 3
//	            reduce-scatter  │ all-gather
//	rank 0 sends  s0       s2   │   s1*      s0*        * finished
//	rank 1 sends  s1       s0   │   s2*      s1*
//	rank 2 sends  s2       s1   │   s0*      s2*
//
// Every rank sends 2(N−1)/N of the vector, whatever N is. (Patarasuk and Yuan,
// "Bandwidth optimal all-reduce algorithms for clusters of workstations", 2009.)
//
// A segment travels in chunks of one message each. A chunk is sent on as soon as
// it has been added: the steps overlap, a few chunks apart (schedule.Progress), and no rank
// waits for a whole segment. What is sent next is a question of arithmetic only; it stands
// in package schedule, which package simulate drives too.
//
// # The order of summation
//
// Segment s is summed along the ring, beginning at rank s:
//
//	((x[s] + x[s+1]) + x[s+2]) + … + x[s−1]        ranks modulo N
//
// each addition in the element's own precision. One rank finishes each segment
// and the others copy its bits. So the result does not depend on timing, chunk
// size, window or transport, and no two ranks can differ. (A chunk size too small for a block of int8
// makes smaller blocks.) It does depend on N, and
// on where an element lies in the vector, as any float sum of N terms does: WithSegments
// cuts a selection of a vector's elements where the whole vector would be cut, and so gives
// them the whole vector's bits.
//
// # Element formats
//
// float32 travels as it is. WithBFloat16 rounds every value that is sent to bfloat16, WithInt8 to
// a byte with a scale for 256 of them, and both add in float32. Each rank rounds each element
// once an operation: its own where it begins a segment, a partial sum on the way, the finished sum
// where it ends one. It can carry what that took into the next operation (error feedback). So
// the residuals of all ranks hold all that a sum lacks, whatever the number of hops, and the mean of
// many sums is exact. In the all-gather payloads are passed on as they came, and nothing is
// rounded again. A further format is one implementation of wire, in a file of its own.
//
// What one int8 sum of normal deviates is off by, as a share of its norm: 0.85% on 2 ranks, 1.05% on
// 4, 1.48% on 8, since later hops round larger sums; the mean of 64 of them with residuals 0.013%, 0.017%, 0.023%
// (TestInt8ErrorByWorldSize). A reduce-scatter by all-to-all, as DeepSpeed's ZeRO++ has it,
// would round each share once, before any sum, but every rank would need a link to every other.
//
// # Stripes
//
// A ring is the work of one goroutine, and a core is slower than a fast network. Striped is several rings
// beside each other, each with connections of its own at the same servers, and a part of every segment. An
// element stays in its segment, so the order in which it is summed, and its bits, are those of a single ring.
// Parts begin at multiples of schedule.StripeUnit elements, so that int8's blocks are cut alike too.
//
// # Transports
//
// A mesh (Endpoint) gives every rank a NATS server of its own inside the process, that the
// rank publishes to and its right neighbour alone subscribes at: a vector crosses one
// socket. A broker (NewBroker) is one NATS server for all ranks, for networks in which
// they cannot reach each other; every vector crosses it twice. The ring is the same over both.
//
// A mesh's links speak the NATS protocol through a small client of our own: it reads a
// payload from the socket straight to its place, and writes a message with one call. The
// ring's own goroutine reads the left link. docs/performance.md says what each of these
// choices gained.
//
// # Flow control
//
// NATS core drops messages for a slow reader and resends nothing. A sender
// therefore never has more than Window chunks in flight: each data message has a
// sequence number that counts over the life of the link, the receiver answers with a credit,
// the number that it has consumed (every half window, and when it has waited for a
// millisecond), and the sender may be ahead of that by Window.
// A credit says "up to here", so a lost or repeated credit does no harm. It also says how
// long its sender has waited for data, from which the link's transit time is computed (transit.go,
// Stats.InTransit).
//
// # Failures
//
// AllReduce returns nil only if this rank holds the exact sum. Messages carry run,
// generation, operation, phase, segment, chunk, sequence, lengths and checksums
// (frame.go); each is compared with the one message that can come next. Messages
// of an older generation and repetitions of what was already taken are counted and
// ignored; anything else that does not fit is an error. An error from AllReduce
// breaks the ring: the vector's contents are undefined, both neighbours are told,
// and the next call returns ErrBroken. Recovery is a new ring with a higher
// Generation.
//
// A neighbour is waited for in two ways:
//
//   - It has not begun this operation: it may be computing still, so only the
//     caller's ctx and the generous StartTimeout end the wait (ErrPeerNotStarted).
//   - It has begun (a message of this operation came from it): from then on it
//     sends at least every ProgressTimeout/8, data or a keep-alive message,
//     until its part is done. Silence for ProgressTimeout is ErrPeerSilent.
//
// A link that reports its own end (a closed connection) is ErrPeerGone at once. A
// rank that fails names the guilty rank to both neighbours, who pass it on, so that
// ranks far from the failure name the dead rank and not their own neighbour. Such errors
// are a *PeerError. When ctx ends, the error wraps context.Cause(ctx): whoever cancels can
// say which rank was lost.
//
// A nil error says nothing about the other ranks: a neighbour can still fail an
// operation that this rank finished. Whether the training step is
// committed is for the caller's commit protocol to decide.
//
// # Where things are
//
//	ring.go       Open, AllReduce, Close: the life of a ring
//	request.go    the options of one all-reduce
//	striped.go    several rings as one, over parallel links
//	handshake.go  opening the links: both neighbours answer and agree about the ring
//	operation.go  one all-reduce: an event loop whose phases are reduce-scatter and
//	              all-gather; sending.go sends chunks, receiving.go adds or copies them
//	schedule/     which segment and chunk comes when (plan.go, progress.go), and flow control
//	              (window.go); pure arithmetic
//	link.go       one neighbour: sequence numbers, keep-alives, aborts
//	transit.go    credits, and the delay of a link as they tell it
//	frame.go      the message format; key.go the keyed hash that seals it; message.go its buffers
//	wire.go       how elements are written in a message, added and copied; bfloat16.go, int8.go
//	kernels*, int8kernels.go, int8_*   the loops over elements, in Go and in vector instructions
//	transport.go  what a ring needs of a network
//	memory.go, broker.go, endpoint.go with mesh.go, client.go, reader.go   three networks
//	ringbench/    the ring measured beside gloo; simulate/ the ring on simulated links
package allreduce
