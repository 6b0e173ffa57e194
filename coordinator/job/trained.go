package job

import (
	"errors"
	"fmt"

	"ringmaster/config"
	"ringmaster/model/weights"
	"ringmaster/run/plan"
)

// Frozen is how much of an encoder a stage leaves as it is.
func Frozen(train config.Train) weights.Frozen {
	switch layers, any, err := train.Freeze.Layers(); {
	case err != nil || !any: // of what is no value, Validate has told
		return 0
	case layers < 0:
		return weights.WholeEncoder
	default:
		return weights.Frozen(1 + layers)
	}
}

// checkTrained makes sure that the base has what is to be frozen, and says how much is trained.
func (j *Job) checkTrained(notify Notify) error {
	frozen, lora := Frozen(j.Run.Train), plan.LoRA(j.Run.Train)
	if frozen == 0 && !lora.On() || j.Base == nil {
		return nil
	}
	if err := lora.Check(j.Base.Config); err != nil {
		return fmt.Errorf("train.lora: %w", err)
	}
	if frozen == weights.WholeEncoder && isBERT(j.Base) && !j.Base.HasPooler {
		return fmt.Errorf("train.freeze is %s, but %s has no pooler: a new one has to be trained; freeze its layers by their number", config.FreezeEncoder, j.Base.Dir)
	}
	heads := make([]weights.HeadShape, len(j.Tasks))
	for i, t := range j.Tasks {
		heads[i] = weights.HeadShape{Task: t.Name, Classes: len(t.Task.HeadOutputs())}
	}
	parts := weights.Layout(j.Base.Config, lora, heads)
	first, err := weights.FirstTrained(j.Base.Config, parts, frozen)
	if errors.Is(err, weights.ErrFrozen) {
		return fmt.Errorf("train.freeze is %s: %w", j.Run.Train.Freeze, err)
	}
	if err != nil {
		return err
	}
	all := parts[len(parts)-1].End()
	trained := all - parts[first].Offset
	notify("training changes %d of %d parameters (%.2g%%); the others are frozen", trained, all, 100*float64(trained)/float64(all))
	return nil
}
