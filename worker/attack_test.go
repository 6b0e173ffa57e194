package worker

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/config"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// nonsense are orders that no coordinator gives: each is what a worker gets after it has begun a
// stage in a ring of its own.
func nonsense() map[string][]protocol.Order {
	step := func(spoil func(*protocol.Step)) []protocol.Order {
		s := deal(0, 1, batchOf(0), false)[0]
		s.Generation = 1
		spoil(&s)
		return []protocol.Order{{Step: &s}}
	}
	ring := func(spoil func(*protocol.Ring)) []protocol.Order {
		r := protocol.Ring{Generation: 2, Workers: []string{"w", "x"}, Topology: config.Mesh, Key: ringKey, RingURLs: []string{"nats://x@127.0.0.1:1", "nats://x@127.0.0.1:1"}}
		spoil(&r)
		return []protocol.Order{{Ring: &r}}
	}
	begin := func(spoil func(*protocol.Begin)) []protocol.Order {
		b := protocol.Begin{
			Generation: 5, Stage: 1, Name: "student", Train: true, Seed: 1, Device: "cpu", ClipNorm: 1, GradientDtype: "float32",
			Tasks: []protocol.Task{{Name: "first", Classes: []string{"a", "b"}}},
		}
		spoil(&b)
		return []protocol.Order{{Begin: &b}, {Save: &protocol.Save{Stage: 1}}}
	}
	dropout := 5.0
	climbing := transfer.Folder{ID: "../../x", Path: "/nowhere", Files: []transfer.File{{Name: "authorized_keys", SHA256: strings.Repeat("0", 64)}}}
	return map[string][]protocol.Order{
		"a class beyond":           step(func(s *protocol.Step) { s.Examples[0].Class = 99 }),
		"a class before":           step(func(s *protocol.Step) { s.Examples[0].Class = -1 }),
		"a task beyond":            step(func(s *protocol.Step) { s.Examples[0].Task = 99 }),
		"a task before":            step(func(s *protocol.Step) { s.Examples[0].Task = -1 }),
		"token ids beyond":         step(func(s *protocol.Step) { s.Examples[0].IDs = []int32{2, 999_999, 3} }),
		"token ids before":         step(func(s *protocol.Step) { s.Examples[0].IDs = []int32{-2} }),
		"no token ids":             step(func(s *protocol.Step) { s.Examples[0].IDs = nil }),
		"a hundred thousand ids":   step(func(s *protocol.Step) { s.Examples[0].IDs = make([]int32, 100_000) }),
		"masked positions beyond":  step(func(s *protocol.Step) { s.Examples[0].Masked, s.Examples[0].Words = []int32{77}, []int32{-4} }),
		"a teacher of 50 classes":  step(func(s *protocol.Step) { s.Examples[0].Teacher = make([]float32, 50) }),
		"losses of nothing":        step(func(s *protocol.Step) { s.Count = 0 }),
		"a rate of 1e308":          step(func(s *protocol.Step) { s.LR = 1e308 }),
		"a step below 0":           step(func(s *protocol.Step) { s.Step = -1 }),
		"a step of another stage":  step(func(s *protocol.Step) { s.Stage = math.MaxInt }),
		"committed beyond all":     step(func(s *protocol.Step) { s.Committed = math.MaxInt }),
		"a batch's tokens beyond":  step(func(s *protocol.Step) { s.Tokens = []int32{1, 9, 1 << 30} }),
		"a rank beyond":            ring(func(r *protocol.Ring) { r.Rank = 99 }),
		"a rank below 0":           ring(func(r *protocol.Ring) { r.Rank = -1 }),
		"a ring of nobody":         ring(func(r *protocol.Ring) { r.Workers = nil }),
		"no addresses":             ring(func(r *protocol.Ring) { r.RingURLs = nil }),
		"addresses of nonsense":    ring(func(r *protocol.Ring) { r.RingURLs = []string{"x", "::::"} }),
		"a broker that is not":     ring(func(r *protocol.Ring) { r.Topology, r.Broker = config.Broker, "nats://u:p@127.0.0.1:1" }),
		"a trillion stripes":       ring(func(r *protocol.Ring) { r.Stripes = 1 << 40 }),
		"stripes below 0":          ring(func(r *protocol.Ring) { r.Stripes = -7 }),
		"a short key":              ring(func(r *protocol.Ring) { r.Key = []byte("short") }),
		"a folder that climbs":     begin(func(b *protocol.Begin) { b.Folder = climbing }),
		"a folder of devices":      begin(func(b *protocol.Begin) { b.Folder = transfer.FolderOf("/dev", nil) }),
		"a target beyond":          begin(func(b *protocol.Begin) { b.Folder, b.Target = tinyFolder(), 99 }),
		"a task without classes":   begin(func(b *protocol.Begin) { b.Folder, b.Tasks[0].Classes = tinyFolder(), nil }),
		"micro-batches of -1":      begin(func(b *protocol.Begin) { b.Folder, b.MicroBatch = tinyFolder(), -1 }),
		"texts of a trillion":      begin(func(b *protocol.Begin) { b.Folder, b.Longest = tinyFolder(), []int{1 << 40} }),
		"texts of no token":        begin(func(b *protocol.Begin) { b.Folder, b.Longest = tinyFolder(), []int{-3, 0} }),
		"a dropout of 5":           begin(func(b *protocol.Begin) { b.Folder, b.Dropout = tinyFolder(), &dropout }),
		"gradients of nonsense":    begin(func(b *protocol.Begin) { b.Folder, b.GradientDtype = tinyFolder(), "junk" }),
		"a device of nonsense":     begin(func(b *protocol.Begin) { b.Folder, b.Device = tinyFolder(), "cpu;rm" }),
		"a head that is not there": begin(func(b *protocol.Begin) { b.Folder, b.KeepHeads, b.Tasks[0].Head = tinyFolder(), true, 77 }),
		"a checkpoint of a model": begin(func(b *protocol.Begin) {
			b.Folder, b.Restore = tinyFolder(), &protocol.Restore{Folder: tinyFolder(), Step: 3}
		}),
		"shard 9 of 2":             {{Checkpoint: &protocol.Checkpoint{Generation: 1, Index: 9, Of: 2}}},
		"a shard of none":          {{Checkpoint: &protocol.Checkpoint{Generation: 1}}},
		"a shard of -5":            {{Checkpoint: &protocol.Checkpoint{Generation: 1, Of: -5}}},
		"a state of another stage": {{ServeState: &protocol.ServeState{Generation: 1, Stage: 4, Step: 7}}},
		"a state from nowhere":     {{FetchState: &protocol.FetchState{Generation: 1, Source: "x", SourceURL: "nats://127.0.0.1:1"}}},
		"a batch of nothing":       {{InferenceBatch: &protocol.InferenceBatch{Generation: 1}}},
		"a save of another stage":  {{Save: &protocol.Save{Stage: 8}}},
		"an order of nothing":      {{}},
	}
}

// tinyFolder is the tests' model.
func tinyFolder() transfer.Folder {
	folder, err := transfer.Describe(filepath.Join("..", "model", "testdata", "tiny"))
	if err != nil {
		panic(err) // it is in the repository
	}
	return folder
}

// Whatever is ordered, in the coordinator's place or by a coordinator that is not itself, ends the
// worker in a sentence or is passed over: it does not crash.
func TestNonsenseEndsAWorkerInASentence(t *testing.T) {
	for name, orders := range nonsense() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := controlServer(t, -1)
			d := newFakeCoordinator(t, srv.ClientURL())
			w := startWorker(t, srv.ClientURL(), nil)
			d.joined()
			d.begun(1)
			d.await("the ring", func(r protocol.Report) bool { return r.RingReady != nil })
			d.order(orders...)
			d.order(protocol.Order{End: &protocol.End{}}) // in its turn, where the others are passed over
			err := w.Wait()
			t.Log(err)
			if text := fmt.Sprint(err); strings.Contains(text, "runtime error") || strings.Contains(text, "panic") || len(text) > 4000 {
				t.Errorf("it ends with %.500s", text)
			}
			if name == "a folder that climbs" && !errors.Is(err, transfer.ErrBadName) {
				t.Errorf("it ends with %v", err)
			}
			if name == "gradients of nonsense" && !errors.Is(err, ErrOrder) { // summed as float32 they would break a ring
				t.Errorf("it ends with %v", err)
			}
		})
	}
}
