package faults

import "slices"

// Kind is what goes wrong.
type Kind string

// The kinds of fault.
const (
	KillWorker      Kind = "kill-worker"      // kill -9
	PauseShort      Kind = "pause-short"      // SIGSTOP, SIGCONT before anybody may be given up
	PauseLong       Kind = "pause-long"       // the same, but long after
	Leave           Kind = "leave"            // SIGTERM: a worker finishes its step and goes
	Join            Kind = "join"             // a new worker comes
	KillCoordinator Kind = "kill-coordinator" // kill -9, and a new one with --resume
	RestartNATS     Kind = "restart-nats"     // kill -9 of the control server, and a new one at its port
	CutControl      Kind = "cut-control"      // a worker's connection to NATS breaks and is refused
	HangControl     Kind = "hang-control"     // nothing crosses that connection any more, but it stands
	SlowControl     Kind = "slow-control"     // it has a delay and little bandwidth
	CutRing         Kind = "cut-ring"         // the sockets between a worker and its neighbours break
	SlowRing        Kind = "slow-ring"        // what a worker sends to its neighbour is slowed down
	FillDisk        Kind = "fill-disk"        // no space is left where checkpoints are written
	FillTemp        Kind = "fill-temp"        // no space is left where workers write, which is where parts of checkpoints begin
	SmallMessages   Kind = "small-messages"   // as restart-nats, and until the next restart orders are larger than the server's messages
	DieJoining      Kind = "die-joining"      // a worker that is killed as soon as it has joined comes again, and again
	LoseLog         Kind = "lose-log"         // as kill-coordinator, and one of its logs is missing or empty then
	StopAndKill     Kind = "stop-and-kill"    // SIGTERM to the coordinator, then all workers but one are killed; the run is resumed
)

// target is what a fault of a kind is done to.
type target int

const (
	aWorker target = iota
	aNewcomer
	theCoordinator
	theServer
	theDisk
	theTemp
	aPasserBy // a worker that never takes part
)

// nature is what the planner knows of a kind.
type nature struct {
	kind   Kind
	weight int // how many cards of a deck it has
	at     target
	// Hold is between shortest and longest, in milliseconds; 0 for what is over at once.
	shortest, longest int
	ends              bool // the worker does not come back
	harmless          bool // the worker keeps its place in the run
	outage            bool // nothing can be committed before the fault's end
	alone             bool // nothing else goes wrong in its round, and then all are to be back
	everybody         bool // it starts the run anew, for which there must be workers enough, and no spares
}

// natures is all kinds. A deck has as many joins as ends, which stand before them.
var natures = []nature{
	{kind: KillWorker, weight: 8, at: aWorker, ends: true},
	{kind: Leave, weight: 4, at: aWorker, ends: true},
	{kind: Join, at: aNewcomer},
	{kind: PauseShort, weight: 3, at: aWorker, shortest: 100, longest: 900, harmless: true},
	{kind: PauseLong, weight: 4, at: aWorker, shortest: 3000, longest: 5000},
	{kind: KillCoordinator, weight: 4, at: theCoordinator, shortest: 0, longest: 1500, outage: true},
	{kind: RestartNATS, weight: 4, at: theServer, shortest: 0, longest: 1500, outage: true},
	{kind: CutControl, weight: 3, at: aWorker, shortest: 200, longest: 4000},
	{kind: HangControl, weight: 3, at: aWorker, shortest: 200, longest: 4000},
	{kind: SlowControl, weight: 2, at: aWorker, shortest: 1000, longest: 3000, harmless: true},
	{kind: CutRing, weight: 4, at: aWorker},
	{kind: SlowRing, weight: 2, at: aWorker, shortest: 1000, longest: 3000, harmless: true},
	{kind: FillDisk, weight: 2, at: theDisk, shortest: 1500, longest: 4000, harmless: true},
	{kind: FillTemp, weight: 2, at: theTemp, shortest: 1500, longest: 4000, harmless: true},
	{kind: SmallMessages, weight: 2, at: theServer, shortest: 0, longest: 1000, outage: true},
	{kind: DieJoining, weight: 2, at: aPasserBy, alone: true},
	{kind: LoseLog, weight: 2, at: theCoordinator, shortest: 0, longest: 1000, outage: true, alone: true},
	{kind: StopAndKill, weight: 2, at: theCoordinator, shortest: 0, longest: 500, outage: true, alone: true, everybody: true},
}

// All is every kind.
func All() []Kind {
	var kinds []Kind
	for _, n := range natures {
		kinds = append(kinds, n.kind)
	}
	return kinds
}

// natureOf is what is known of a kind; ok is false for what is none.
func natureOf(k Kind) (n nature, ok bool) {
	at := slices.IndexFunc(natures, func(n nature) bool { return n.kind == k })
	if at < 0 {
		return nature{}, false
	}
	return natures[at], true
}

// OnWorker says whether a fault of the kind is done to a worker that is up.
func (k Kind) OnWorker() bool { n, ok := natureOf(k); return ok && n.at == aWorker }

// Ends says whether the worker is gone for good.
func (k Kind) Ends() bool { n, _ := natureOf(k); return n.ends }

// Outage says whether nothing can be committed before a fault of the kind ends.
func (k Kind) Outage() bool { n, _ := natureOf(k); return n.outage }
