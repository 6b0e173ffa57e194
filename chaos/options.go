package chaos

import (
	"io"
	"time"

	"ringmaster/chaos/faults"
)

// Programs are what a trial runs.
type Programs struct {
	Ringmaster string
	// Worker is what `ringmaster worker` becomes. It is started directly, because a program
	// that becomes another is no longer bound to end with its parent.
	Worker string
	// Self is this program's command line for the control server; a port and its messages'
	// size are added to it, and the token is in its environment (ServeNATS).
	Self []string
}

// Options say what is tried.
type Options struct {
	Programs Programs
	// Dir is where everything is written. It may hold the quiet runs of an earlier call with
	// as many faults.
	Dir    string
	Seed   uint64
	Faults int
	Kinds  []faults.Kind
	// Spacing is how many steps there are for a fault.
	Spacing int
	// Patience is how long the run may take to go on before it counts as hanging.
	Patience time.Duration
	// Median and Worst are goals for the time to recover; 0 is none.
	Median, Worst time.Duration
	// Disk has checkpoints, and workers' temporary files, written to small file systems, for
	// which the process has to be Inside.
	Disk bool
	// Progress shows what happens, a line a round.
	Progress io.Writer
}

// steps is how long the runs are: enough for every schedule of so many faults.
func (o Options) steps() int { return 200 + o.Faults*o.Spacing*5/4 }
