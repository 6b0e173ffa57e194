// Package schedule decides what a ring all-reduce does next, without doing it: which chunk
// of the vector a rank sends, which one comes in, and when flow control lets it send.
//
// It is arithmetic over its inputs: no vector, network, clock or goroutine. The ring
// (package allreduce) runs it over a real transport, the simulator (package
// allreduce/simulate) over simulated links in virtual time. Both send the same messages in
// the same order, so what the simulator shows is true of the ring.
//
// The algorithm is the one of Patarasuk and Yuan, "Bandwidth optimal all-reduce
// algorithms for clusters of workstations", 2009. A vector is cut into as many segments
// as there are ranks. At step t = 0 … 2N−3 rank r sends segment (r−t) mod N to the right
// and receives segment (r−1−t) mod N from the left; the first N−1 steps add
// (reduce-scatter), the others copy (all-gather). A segment travels in chunks, and a
// chunk may go on as soon as the same chunk of the step before has come in.
package schedule
