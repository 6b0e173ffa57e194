// Package simulate says how long a ring all-reduce takes on a simulated network: up to
// thousands of ranks, links of any bandwidth and delay.
//
//	ring := simulate.Ring{World: 64, Hops: []simulate.Link{{BytesPerSecond: 1.25e9, Delay: 50e-6}},
//		Vector: simulate.Vector{Elements: 109_500_000, Packing: schedule.Packing{Width: 4}, ChunkBytes: 65280, Window: 8}}
//	result, err := ring.RunFolded() // result.Seconds
//
// It is a discrete-event simulation: a message's arrival is an event, time jumps from one
// to the next, and no clock is read. What a rank does at an event is not a model. It is
// schedule.Progress and schedule.Window, which the real ring carries out too, in the order in
// which allreduce's operation asks them: send while a chunk is ready and the window is
// open, consume in order, credit when due.
//
// # What is modelled
//
// A message of b bytes that is ready at time x leaves a link of bandwidth B when the last
// byte before it has left, and arrives after the delay d:
//
//	leaves = max(x, previous leaves) + b/B        arrives = leaves + d
//
// Either end spends Cost.Message + b·Cost.Byte seconds of its one processor on it. Of several
// stripes each has a processor and an even share of the bandwidth. (On a real link, that carries their messages one
// after another, all but the last arrive earlier than that.) All
// ranks begin at 0, and the result is the moment at which the last one is done. Not
// modelled: TCP (slow start, loss), the framing below it (Ethernet with packets of 1500
// bytes carries 94% of its rate), ranks that begin late, other traffic.
//
// # What to expect, by formula
//
// Let N be the ranks, S the vector's bytes, c a full message's bytes, τ = c/B, h = τ + d
// the time of one hop, n = S/(N·c) the messages of a segment, at least 1, L the lag between
// steps (schedule.Lag). Without a cost, and with the window open,
//
//	T = (2(N−1) − 1) · max(n·τ, h) + n·τ + d     while d ≤ L·τ or n ≤ L
//
// because a chunk goes on as soon as it has come: the delay of a hop is hidden as long
// as other chunks are in flight. Where neither d ≤ L·τ nor n ≤ L,
// T is up to h²/(L·τ) longer: the first rounds and the last have few steps, and so
// few chunks to hide behind. (Segment after segment, L ≥ n, would be spared that.) So the
// ring takes little more than the time of its bandwidth, 2(N−1)/N · S/B, while
//
//	S/(N·B) ≥ c/B + d    that is    S ≥ N · (c + B·d)
//
// and 2(N−1)·h, rising with N, beyond. An even window of W messages lets at most
//
//	W·c / (W/2·c/B + 2d)
//
// bytes a second through, since a credit comes for each half of a window that has been
// consumed, and takes the way back. That is less than B while W/2·c < 2·d·B. (Odd windows
// from 5 on do as the tests' formula has it: W−1 in place of W, (W−3)/2 of the half.)
//
// # Folding
//
// Where all segments are equally long and links repeat with period G (G = 1: all alike),
// ranks r and r+G do the same at the same moments: by induction over events, since they
// begin alike and get alike messages from neighbours that do alike. RunFolded therefore
// simulates G ranks on a circle, and 1,024 ranks take milliseconds. Run simulates each
// rank; the tests hold one against the other.
//
// # The hierarchical ring
//
// Hierarchy is the two-dimensional ring of Mikami et al., "Massively distributed SGD",
// 2018, and BlueConnect (Cho et al., 2019): reduce-scatter in each node, one ring across
// the nodes for each part, all-gather in each node. With M = N/G nodes,
//
//	T ≈ 2·(G−1)/G · S/B_inside  +  2·(M−1)/M · S/B_across  +  2(G−1)·d_inside + 2(M−1)·d_across
//
// the last two only as far as they do not hide, as above. A ring of one leader a node would
// send the same bytes over the same links, with one processor to sum them in place of G.
package simulate
