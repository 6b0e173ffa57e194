// Package curve measures what the coordinator's own work costs as a run grows, without a worker or a
// network:
//
//	Workers   planning a step, dealing it to ranks, and the core's part of it, against the number of workers
//	Deal      how equal the ranks' work is in the steps of a run
//	Rows      the first step's plan, and a run prepared from its corpus, against the number of training rows
//
// Times are processor time of the thread that does the work, the least of several rounds: other load on
// the machine does not count as work. Preparing a run takes all cores, and its time is on the clock.
package curve
