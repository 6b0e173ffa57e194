package coordinator

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"ringmaster/model/checkpoint"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// held is a stage, and its state: after at.Applied steps. kept are the reports of those that
// may not be on the coordinator's disk.
type held struct {
	begin protocol.Begin
	at    *protocol.Held
	state string
	kept  []protocol.StepDone
}

// execute does an order as a worker would.
func (h *fakeWorker) execute(o protocol.Order) error {
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
		folder, err := h.write(fmt.Sprintf("step-%d-%d-part-%d-of-%d", c.Step, c.Generation, c.Index, c.Of), map[string]string{checkpoint.StateName(c.Index, c.Of): h.state})
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
	return fmt.Errorf("order %d asks for what no fake worker can do", o.Seq)
}

// load takes a stage up, at its beginning or at a checkpoint.
func (h *fakeWorker) load(b protocol.Begin) error {
	h.begin, h.at, h.kept, h.state = b, nil, nil, "begun"
	if b.Train {
		h.at = &protocol.Held{Stage: b.Stage, AppliedGeneration: b.Generation}
		if r := b.Restore; r != nil {
			states, err := filepath.Glob(filepath.Join(r.Folder.Path, "state-00-of-*"))
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

func (h *fakeWorker) step(s *protocol.Step) error {
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
	if counts = h.ring.sum(h.ctx, ringStep{s.Generation, s.Step}, len(h.place.Workers), counts); counts == nil {
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
	if h.invents != nil {
		h.invents(&done)
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

func (h *fakeWorker) write(name string, files map[string]string) (transfer.Folder, error) {
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
func (h *fakeWorker) saveModel() (transfer.Folder, error) {
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
