package coordinator

import (
	"fmt"
	"path/filepath"
	"slices"

	"ringmaster/coordinator/core"
	"ringmaster/model/checkpoint"
	"ringmaster/run/protocol"
	"ringmaster/run/transfer"
)

// inferenceDone judges the answers to a batch: one for each of its examples, of as many numbers as
// the example's task has classes, and none where that is said not to be finite.
func (c *claims) inferenceDone(w core.WorkerID, d *protocol.InferenceDone) error {
	if err := c.generation(d.Generation); err != nil || d.Stage != c.stage.index {
		return err
	}
	switch s := c.stage.stage.(type) {
	case *inferStage:
		if d.Batch < 0 || d.Batch >= len(s.batches) {
			return undealt("batch %d, and %s has %d", d.Batch, s.title, len(s.batches))
		}
		batch := s.batches[d.Batch]
		return answersFit(d, len(batch), func(i int) int { return s.width(batch[i]) })
	case *trainStage:
		v := c.checkpoints.scoring
		if d.Batch < 0 || d.Batch >= c.checkpoints.asked {
			return undealt("batch %d of the validation", d.Batch)
		}
		if v == nil || d.Batch < v.first { // it was given up
			return nil
		}
		batch := d.Batch - v.first
		if v.asked(batch) != w {
			return undealt("batch %d of the validation", d.Batch)
		}
		classes := len(v.task.HeadOutputs())
		return answersFit(d, len(v.batches[batch]), func(int) int { return classes })
	}
	return nil
}

// width is how many numbers the answer to an example has.
func (s *inferStage) width(position int) int {
	if s.seed != nil {
		return 1 // the loss of a masked sequence
	}
	return len(s.heads[s.head(position)].Classes)
}

func answersFit(d *protocol.InferenceDone, examples int, width func(int) int) error {
	if len(d.Logits) != examples {
		return undealt("%d answers to batch %d, which has %d examples", len(d.Logits), d.Batch, examples)
	}
	for _, at := range d.NotFinite {
		if at < 0 || at >= examples {
			return undealt("example %d of batch %d, which has %d", at, d.Batch, examples)
		}
	}
	for i, logits := range d.Logits {
		if len(logits) != width(i) && (len(logits) > 0 || !slices.Contains(d.NotFinite, i)) {
			return undealt("%d logits of example %d of batch %d, and %d are wanted", len(logits), i, d.Batch, width(i))
		}
	}
	return nil
}

// shard judges the files of a part of a state: the part that was asked for, and what rounding lost.
func (c *claims) shard(d *protocol.ShardDone) error {
	allowed := []string{checkpoint.StateName(d.Index, d.Of), checkpoint.ResidualName(d.Index)}
	return c.files(d.Folder, func(name string) bool { return slices.Contains(allowed, name) })
}

// kindsOfModelFile are the kinds of files that a model folder may have: data, and no programs.
var kindsOfModelFile = []string{".json", ".txt", ".safetensors", ".md", ""}

func (c *claims) model(d *protocol.Saved) error {
	return c.files(d.Folder, func(name string) bool { return slices.Contains(kindsOfModelFile, filepath.Ext(name)) })
}

func (c *claims) files(folder transfer.Folder, allowed func(string) bool) error {
	if err := folder.Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrUndealt, err)
	}
	if err := c.stage.checkSize(folder); err != nil {
		return fmt.Errorf("%w: %w", ErrUndealt, err)
	}
	for _, file := range folder.Files {
		if !allowed(file.Name) {
			return fmt.Errorf("%w: %w: %q was not asked for", ErrUndealt, transfer.ErrBadName, file.Name)
		}
	}
	return nil
}
