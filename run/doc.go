// Package run is the floor that coordinator and workers share: what describes a run, and
// neither carries it out. It has no code of its own; each package below has one subject.
//
//	plan/       what each step does: examples, λ, learning rate; a pure function of run file and data
//	protocol/   the messages between coordinator and workers
//	reach/      which worker reaches whose ring server, and who may join for it; pure
//	transfer/   folders and flat vectors over NATS, in pieces
//	directory/  the files of a run directory, and the store of teachers' logits
//	metrics/    precision, recall, F1, perplexity; pure
//	audit/      whether the logs of a run are what its plan says; pure
//	export/     model folders made of checkpoints
//
// Nothing here imports coordinator or worker (archtest holds it).
package run
