package coordinator

import (
	"fmt"
	"slices"

	"ringmaster/coordinator/core"
	"ringmaster/coordinator/waiting"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// pendingCheckpoint is a checkpoint under way, with the parts of it that have arrived. The
// zero value is none.
type pendingCheckpoint struct {
	number     int // of the order, so that one is told from the next
	step       int
	generation uint64
	holders    []core.WorkerID // by shard
	shards     map[int]*protocol.ShardDone
	validation *validation      // nil: no score is wanted
	last       bool             // the run stops when it is kept, with the model beside the state
	model      *transfer.Folder // as a worker handed it over
	// finished: the state that a training ended with, with the model in modelDir beside it
	// once that is there.
	finished bool
	modelDir string
	writing  bool
}

func newPendingCheckpoint(number, step int, generation uint64, holders []core.WorkerID) pendingCheckpoint {
	return pendingCheckpoint{number: number, step: step, generation: generation, holders: holders, shards: map[int]*protocol.ShardDone{}}
}

// underWay says whether there is one.
func (p *pendingCheckpoint) underWay() bool { return len(p.holders) > 0 }

// awaits says whether a worker's shard is one of the checkpoint's.
func (p *pendingCheckpoint) awaits(w core.WorkerID, shard *protocol.ShardDone) bool {
	return p.underWay() && !p.writing && shard.Step == p.step && shard.Generation == p.generation &&
		shard.Of == len(p.holders) && shard.Index >= 0 && shard.Index < len(p.holders) && p.holders[shard.Index] == w
}

// needs says whether the checkpoint cannot be had without a worker: its files are where it is.
func (p *pendingCheckpoint) needs(w core.WorkerID) bool {
	return p.underWay() && !p.writing && slices.Contains(p.holders, w)
}

// complete says whether all that belongs to it is there.
func (p *pendingCheckpoint) complete() bool {
	return p.underWay() && len(p.shards) == len(p.holders) && p.validation.complete() &&
		(!p.last || p.model != nil) && (!p.finished || p.modelDir != "")
}

// abandon gives it up, unless it is being written: its shards cannot all come any more.
func (p *pendingCheckpoint) abandon() {
	if !p.writing {
		*p = pendingCheckpoint{}
	}
}

// missing are the workers whose shards have not arrived.
func (p *pendingCheckpoint) missing() (workers []core.WorkerID) {
	for i, w := range p.holders {
		if p.shards[i] == nil {
			workers = append(workers, w)
		}
	}
	return workers
}

// arrived counts its parts that are there.
func (p *pendingCheckpoint) arrived() uint64 {
	n := len(p.shards)
	if p.validation != nil {
		n += len(p.validation.got)
	}
	if p.model != nil {
		n++
	}
	if p.writing {
		n++
	}
	return uint64(n)
}

// waitsFor says what it waits for; saving is the model on its way, if one is.
func (p *pendingCheckpoint) waitsFor(saving *saving) waiting.Wait {
	if !p.underWay() {
		return waiting.Wait{}
	}
	wait := waiting.Wait{Kind: "checkpoint", For: fmt.Sprintf("the checkpoint after step %d", p.step), Mark: [2]uint64{uint64(p.number)}}
	missing := p.missing()
	switch v := p.validation; {
	case len(missing) > 0:
		wait.From = "shards of " + workersNamed(missing)
	case !v.complete():
		wait.From = fmt.Sprintf("the scores of its validation rows: %d of %d batches have arrived", len(v.got), len(v.batches))
	case p.last && p.model == nil && saving != nil:
		wait.From = "the model of " + workersNamed([]core.WorkerID{saving.worker})
	case p.writing:
		wait.From = "it is being written"
	}
	return wait
}
