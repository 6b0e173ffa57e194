package audit

import (
	"ringmaster/config"
	"ringmaster/run/directory"
)

// Record is what a run left, as it was read.
type Record struct {
	Run    *config.Run
	Plan   directory.Plan
	Events Log[directory.Event]
	Ledger Log[directory.LedgerEntry]
	// Finished says that the run came to its end and has scores.
	Finished bool
	// Reached is how far the run had come at its checkpoints.
	Reached []directory.Progress
	// Coordinator is what the coordinator's own record comes to; nil for a run of an older
	// release, which left none. Damage says why it cannot be read.
	Coordinator *directory.Record
	Damage      error
}

// Log is a log's lines, line 1 first.
type Log[T any] struct {
	Lines []T
	// Torn says that the log ends in a line that is not whole and is not among Lines.
	Torn bool
	// Damage, where there is any, says why nothing after Lines could be read.
	Damage error
}
