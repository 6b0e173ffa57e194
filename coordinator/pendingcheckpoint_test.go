package coordinator

import (
	"strings"
	"testing"

	"ringmaster/coordinator/core"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

func TestOnlyShardsOfTheCheckpointUnderWayCount(t *testing.T) {
	p := newPendingCheckpoint(1, 10, 4, []core.WorkerID{"a", "b"})
	for _, c := range []struct {
		name   string
		worker core.WorkerID
		shard  protocol.ShardDone
		want   bool
	}{
		{"its own", "b", protocol.ShardDone{Step: 10, Generation: 4, Index: 1, Of: 2}, true},
		{"another's", "a", protocol.ShardDone{Step: 10, Generation: 4, Index: 1, Of: 2}, false},
		{"of another step", "b", protocol.ShardDone{Step: 5, Generation: 4, Index: 1, Of: 2}, false},
		{"of another generation", "b", protocol.ShardDone{Step: 10, Generation: 3, Index: 1, Of: 2}, false},
		{"of another number", "b", protocol.ShardDone{Step: 10, Generation: 4, Index: 1, Of: 3}, false},
		{"beyond the last", "b", protocol.ShardDone{Step: 10, Generation: 4, Index: 2, Of: 2}, false},
		{"before the first", "b", protocol.ShardDone{Step: 10, Generation: 4, Index: -1, Of: 2}, false},
	} {
		if got := p.awaits(c.worker, &c.shard); got != c.want {
			t.Errorf("a shard %s: %v", c.name, got)
		}
	}
	p.writing = true
	if p.awaits("b", &protocol.ShardDone{Step: 10, Generation: 4, Index: 1, Of: 2}) {
		t.Error("a shard counts while the checkpoint is being written")
	}
	var none pendingCheckpoint
	if none.underWay() || none.complete() || none.awaits("", &protocol.ShardDone{}) {
		t.Error("the zero value is a checkpoint")
	}
}

// A checkpoint is complete with its shards, its score, and the model where one belongs to it;
// until then it says what it waits for.
func TestACheckpointIsCompleteWithAllItsParts(t *testing.T) {
	p := newPendingCheckpoint(1, 10, 4, []core.WorkerID{"a", "b"})
	p.validation = &validation{got: map[int][][]float32{}, batches: [][]int{{0}}}
	p.last = true
	seen := p.arrived()
	for _, c := range []struct {
		waits string
		comes func()
	}{
		{"shards of worker a, b", func() { p.shards[0] = &protocol.ShardDone{} }},
		{"shards of worker b", func() { p.shards[1] = &protocol.ShardDone{} }},
		{"the scores of its validation rows: 0 of 1 batches", func() { p.validation.got[0] = nil }},
		{"the model of worker a", func() { p.model = &transfer.Folder{} }},
	} {
		if from := p.waitsFor(&saving{worker: "a"}).From; !strings.HasPrefix(from, c.waits) {
			t.Errorf("it waits for %q, want %q", from, c.waits)
		}
		if p.complete() {
			t.Errorf("it is complete without %s", c.waits)
		}
		c.comes()
		if now := p.arrived(); now != seen+1 {
			t.Errorf("%d parts after %d", now, seen)
		} else {
			seen = now
		}
	}
	if !p.complete() {
		t.Error("it is not complete with all its parts")
	}
	p.finished = true
	if p.complete() {
		t.Error("it is complete without the folder of the finished model")
	}
	p.writing = true
	if p.abandon(); !p.underWay() {
		t.Error("it is given up while it is being written")
	}
	p.writing = false
	if p.abandon(); p.underWay() {
		t.Error("it is not given up")
	}
}
