package coordinator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// A hand does what a worker does, over the real protocol, without a tensor: its state is a
// hash over the steps that it has applied, so that two states are equal where the same steps
// made them. The hands of a test share a ring, which gives a step's sums when all ranks have
// brought their part.
type hand struct {
	t    *testing.T
	name string
	ring *handRing
	life string
	nc   *nats.Conn

	run, session string
	held
	place protocol.Ring
	spent uint64 // the last generation that broke

	files *transfer.Server
	dir   string // of what it writes
	// does, where it is there, may do an order in the hand's place.
	does func(h *hand, o protocol.Order) (done bool)

	ctx   context.Context // until the test, or die, ends it
	die   context.CancelFunc
	ended chan struct{}
}

// held is a stage, and its state: after at.Applied steps. kept are the reports of those that
// may not be on the coordinator's disk.
type held struct {
	begin protocol.Begin
	at    *protocol.Held
	state string
	kept  []protocol.StepDone
}

// handRing adds up what ranks bring.
type handRing struct {
	mu   sync.Mutex
	sums map[handStep]*handSum
	dead map[uint64]bool // generations of which a rank has died
}

type handStep struct {
	generation uint64
	step       int
}

type handSum struct {
	counts []int
	left   int
	over   chan struct{} // closed when it is whole, or broken
	broken bool
}

// breaks ends what waits for a rank of a generation.
func (r *handRing) breaks(generation uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dead == nil {
		r.dead = map[uint64]bool{}
	}
	r.dead[generation] = true
	for at, s := range r.sums {
		if at.generation == generation && s.left > 0 && !s.broken {
			s.broken = true
			close(s.over)
		}
	}
}

// sum waits until all ranks of a generation have brought their part of a step; nil says that
// one of them died.
func (r *handRing) sum(ctx context.Context, at handStep, world int, counts []int) []int {
	r.mu.Lock()
	if r.sums == nil {
		r.sums = map[handStep]*handSum{}
	}
	s := r.sums[at]
	if s == nil {
		s = &handSum{counts: make([]int, len(counts)), left: world, over: make(chan struct{})}
		r.sums[at] = s
	}
	for i, n := range counts {
		s.counts[i] += n
	}
	if s.left--; s.left == 0 && !s.broken {
		close(s.over)
	} else if r.dead[at.generation] && s.left > 0 && !s.broken {
		s.broken = true
		close(s.over)
	}
	r.mu.Unlock()
	select {
	case <-s.over:
	case <-ctx.Done():
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.broken {
		return nil
	}
	return s.counts
}

// hire starts a hand that joins a run.
func (b *bench) hire(name string, does func(*hand, protocol.Order) bool) *hand {
	b.t.Helper()
	return b.rehire(name, held{}, does)
}

// rehire starts one that holds a state from before.
func (b *bench) rehire(name string, from held, does func(*hand, protocol.Order) bool) *hand {
	b.t.Helper()
	url, token := b.url, ""
	if url == "" {
		control := b.control()
		url, token = "nats://"+control.Address, control.Token
	}
	nc, err := nats.Connect(url, nats.Token(token), nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond))
	if err != nil {
		b.t.Fatal(err)
	}
	h := &hand{t: b.t, name: name, life: name + fmt.Sprint(time.Now().UnixNano()), ring: &b.ring, nc: nc, dir: b.t.TempDir(), does: does, held: from, ended: make(chan struct{})}
	h.kept = slices.Clone(from.kept) // several may begin with one state
	h.ctx, h.die = context.WithCancel(context.Background())
	go func() {
		defer close(h.ended)
		if err := h.work(); err != nil && h.ctx.Err() == nil {
			b.t.Errorf("hand %s: %v", name, err)
		}
	}()
	b.t.Cleanup(h.kill)
	return h
}

// kill ends a hand as kill -9 ends a process.
func (h *hand) kill() {
	h.die()
	<-h.ended
	h.nc.Close()
	h.ring.breaks(h.place.Generation)
}

func (h *hand) ask(subject string, question, answer any) error {
	text, err := json.Marshal(question)
	if err != nil {
		return err
	}
	for {
		ctx, cancel := context.WithTimeout(h.ctx, time.Second)
		m, err := h.nc.RequestWithContext(ctx, subject, text)
		cancel()
		switch {
		case err == nil && len(m.Data) == 0:
			return nil
		case err == nil:
			return json.Unmarshal(m.Data, answer)
		case h.ctx.Err() != nil || errors.Is(err, nats.ErrConnectionClosed):
			return errGone
		}
	}
}

var errGone = errors.New("the coordinator is gone, or the hand")

// work joins and does what is ordered until the run ends.
func (h *hand) work() error {
	for {
		var welcome protocol.Welcome
		hello := protocol.Hello{Version: protocol.Version, Worker: h.name, Host: "here", PID: os.Getpid(), Life: h.life, Held: h.at}
		if err := h.ask(protocol.DiscoverSubject, hello, &welcome); err != nil {
			return nil
		}
		if welcome.Refused != "" {
			return errors.New(welcome.Refused)
		}
		h.run, h.session = welcome.Run, welcome.Session
		if h.files == nil {
			var err error
			if h.files, err = transfer.Serve(h.nc, protocol.WorkerFilesSubject(h.run, h.name)); err != nil {
				return err
			}
		}
		again, err := h.serve()
		if !again {
			return err
		}
	}
}

// pulse shows that the hand lives, whatever it is about, until it is stopped or dies.
func (h *hand) pulse() (stop func()) {
	text, err := json.Marshal(protocol.Report{Session: h.session})
	if err != nil {
		h.t.Error(err)
	}
	ctx, cancel := context.WithCancel(h.ctx)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		beat := time.NewTicker(protocol.PollHold / 2)
		defer beat.Stop()
		for {
			select {
			case <-beat.C: // one that is lost is no harm
				_ = h.nc.Publish(protocol.ReportSubject(h.run, h.name), text)
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		cancel()
		<-stopped
	}
}

// serve does a session's orders; again says that the coordinator has forgotten the hand.
func (h *hand) serve() (again bool, err error) {
	defer h.pulse()()
	parts := protocol.Assembly{Bound: protocol.MaxOrder}
	for last := uint64(0); ; {
		var answer protocol.Orders
		poll := protocol.Poll{Session: h.session, Ack: last, Has: parts.Has(last + 1)}
		if err := h.ask(protocol.PollSubject(h.run, h.name), poll, &answer); err != nil {
			return false, nil
		}
		if answer.UnknownSession {
			return true, nil
		}
		if answer.Part != nil {
			whole, err := parts.Add(answer.Part)
			if err != nil {
				return false, err
			}
			var o protocol.Order
			if whole != nil {
				if err := json.Unmarshal(whole, &o); err != nil {
					return false, err
				}
				answer.Orders = []protocol.Order{o}
			}
		}
		for _, o := range answer.Orders {
			if o.Seq <= last {
				continue
			}
			last = o.Seq
			if o.End != nil {
				text, err := json.Marshal(protocol.Poll{Session: h.session, Ack: last})
				if err == nil { // nobody may be there to take it any more
					_ = errors.Join(h.nc.Publish(protocol.PollSubject(h.run, h.name), text), h.nc.FlushTimeout(time.Second))
				}
				return false, err
			}
			if h.does != nil && h.does(h, o) {
				continue
			}
			if err := h.obey(o); err != nil && !errors.Is(err, errGone) {
				return false, err
			}
		}
	}
}

func (h *hand) report(r protocol.Report) error {
	r.Session = h.session
	var reply protocol.Reply
	return h.ask(protocol.ReportSubject(h.run, h.name), r, &reply)
}

// obey does an order as a worker would.
func (h *hand) obey(o protocol.Order) error {
	switch {
	case o.Begin != nil:
		return h.load(*o.Begin)
	case o.Ring != nil:
		h.place = *o.Ring
		return h.report(protocol.Report{RingReady: &protocol.RingReady{Generation: o.Ring.Generation, Held: h.at, Pending: h.kept}})
	case o.Step != nil:
		return h.step(o.Step)
	case o.InferenceBatch != nil:
		c := o.InferenceBatch
		done := &protocol.InferenceDone{Generation: c.Generation, Stage: c.Stage, Batch: c.Batch}
		for _, e := range c.Examples {
			logits := make([]float32, len(h.begin.Tasks[e.Task].Classes))
			logits[len(e.IDs)%len(logits)] = 1
			done.Logits = append(done.Logits, logits)
		}
		return h.report(protocol.Report{InferenceDone: done})
	case o.Checkpoint != nil:
		c := o.Checkpoint
		done := &protocol.ShardDone{Generation: c.Generation, Stage: c.Stage, Step: c.Step, Index: c.Index, Of: c.Of}
		folder, err := h.write(fmt.Sprintf("part-%d-%d", c.Step, c.Generation), map[string]string{fmt.Sprintf("state-%d-of-%d", c.Index, c.Of): h.state})
		if err != nil {
			return err
		}
		done.Folder = folder
		return h.report(protocol.Report{ShardDone: done})
	case o.Save != nil:
		folder, err := h.saveModel()
		if err != nil {
			return err
		}
		return h.report(protocol.Report{Saved: &protocol.Saved{Stage: o.Save.Stage, Folder: folder}})
	}
	return fmt.Errorf("order %d asks for what no hand can do", o.Seq)
}

// load takes a stage up, at its beginning or at a checkpoint.
func (h *hand) load(b protocol.Begin) error {
	h.begin, h.at, h.kept, h.state = b, nil, nil, "begun"
	if b.Train {
		h.at = &protocol.Held{Stage: b.Stage, AppliedGeneration: b.Generation}
		if r := b.Restore; r != nil {
			states, err := filepath.Glob(filepath.Join(r.Folder.Path, "state-0-of-*"))
			if err != nil || len(states) != 1 {
				return fmt.Errorf("the checkpoint of step %d has the parts %v (%v)", r.Step, states, err)
			}
			text, err := os.ReadFile(states[0])
			if err != nil {
				return err
			}
			h.state, h.at.Applied = string(text), r.Step
		}
	}
	return h.report(protocol.Report{StageReady: &protocol.StageReady{Generation: b.Generation, Stage: b.Stage}})
}

func (h *hand) step(s *protocol.Step) error {
	if s.Generation <= h.spent || s.Generation < h.place.Generation {
		return nil
	}
	if s.Step != h.at.Applied {
		return fmt.Errorf("step %d from a state of %d", s.Step, h.at.Applied)
	}
	counts := make([]int, len(h.begin.Tasks))
	for _, e := range s.Examples {
		counts[e.Task]++
	}
	if counts = h.ring.sum(h.ctx, handStep{s.Generation, s.Step}, len(h.place.Workers), counts); counts == nil {
		h.spent = s.Generation
		return h.report(protocol.Report{Broken: &protocol.Broken{Generation: s.Generation, Reason: "a neighbour is gone"}})
	}
	h.state = stateAfter(h.state, s.Step)
	h.at = &protocol.Held{Stage: s.Stage, Applied: s.Step + 1, AppliedGeneration: s.Generation}
	losses := make([]float64, len(counts))
	for i, n := range counts {
		losses[i] = float64(n) / float64(s.Step+1)
	}
	done := protocol.StepDone{
		Generation: s.Generation, Stage: s.Stage, Step: s.Step, ActiveRanks: s.ActiveRanks, World: len(h.place.Workers),
		LossSum: losses, Counts: counts, GradNorm: 1, Seconds: 0.001,
	}
	if s.Hash {
		done.Hash = h.state
	}
	h.kept = append(h.kept, done)
	for len(h.kept) > 0 && h.kept[0].Step < s.Committed {
		h.kept = h.kept[1:]
	}
	return h.report(protocol.Report{StepDone: &done})
}

// stateAfter is a state with one more step in it.
func stateAfter(state string, step int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", state, step))
	return hex.EncodeToString(sum[:8])
}

// stateOf is the state after so many steps from a stage's beginning.
func stateOf(steps int) string {
	state := "begun"
	for n := range steps {
		state = stateAfter(state, n)
	}
	return state
}

func (h *hand) write(name string, files map[string]string) (transfer.Folder, error) {
	dir := filepath.Join(h.dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return transfer.Folder{}, err
	}
	for file, text := range files {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			return transfer.Folder{}, err
		}
	}
	folder, err := transfer.Describe(dir)
	if err == nil {
		h.files.Offer(folder)
	}
	return folder, err
}

// saveModel writes the stage's base with the state beside it.
func (h *hand) saveModel() (transfer.Folder, error) {
	files := map[string]string{"state": h.state}
	for _, f := range h.begin.Folder.Files {
		text, err := os.ReadFile(filepath.Join(h.begin.Folder.Path, f.Name))
		if err != nil {
			return transfer.Folder{}, err
		}
		files[f.Name] = string(text)
	}
	return h.write(fmt.Sprintf("model-%d", h.at.Applied), files)
}

// shownText is what a run shows.
type shownText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *shownText) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *shownText) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}
