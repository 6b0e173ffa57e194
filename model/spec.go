package model

import (
	"fmt"

	"ringmaster/config"
	"ringmaster/kinds"
	"ringmaster/model/input"
	"ringmaster/model/weights"
)

// Spec says what model to build.
type Spec struct {
	// Dir is a folder of a BERT (as Hugging Face has it) or of a baseline.
	Dir string
	// Tasks are the heads, in order; an Example names its task by index.
	Tasks []Task
	// Heads are trained heads, found by their task's name; a single head without a task
	// fits a Spec of a single task. Other tasks get an untrained head.
	Heads []weights.Head
	// MaskedLM puts a masked-language-model head in the place of classification heads: the
	// folder's, where it has one, else one initialised from Seed. Tasks then is a single name,
	// without classes, under which losses are reported.
	MaskedLM bool
	// FreshPooler initialises a pooler from Seed where a BERT's folder has none; otherwise
	// such a folder is refused. A masked language model needs none.
	FreshPooler bool
	// Dropout replaces all dropout probabilities of the folder's config.json; nil keeps them.
	Dropout *float64
	// Seed, together with the task's name, determines the initial weights of untrained heads.
	Seed uint64
	// Device is auto, cpu, cuda or cuda:N; empty is auto.
	Device string
	// Threads is how many CPU threads work; 0 leaves it to libtorch.
	Threads int
	// MicroBatch bounds the examples of one forward pass; 0 sets no bound.
	MicroBatch int
	// BFloat16 computes a BERT's matrix products in bfloat16 while training (autocast);
	// heads, losses, gradients, parameters and all inference stay in float32.
	BFloat16 bool
	// GradientCheckpointing keeps only the inputs of a BERT's layers for the backward pass, which
	// computes the rest again: less memory, more time, the same bits.
	GradientCheckpointing bool
	// Frozen is how much of the encoder training leaves as it is.
	Frozen weights.Frozen
	// LoRA adapts a BERT in place of changing its weights: training changes the adapters, the pooler and the
	// heads.
	LoRA weights.LoRA
	// BucketBytes is about how large a bucket of the gradient is; 0 is
	// DefaultBucketBytes. The ranks of a ring must give the same.
	BucketBytes int
}

// Task is one task: a head.
type Task struct {
	Name string
	// Classes is the number of the head's outputs: of classes, of labels, or 1 for a value.
	Classes int
	// Kind is what the outputs mean; empty is one class a text.
	Kind config.Kind
	// Settings are what the targets of the task's losses depend on besides.
	Settings kinds.Settings
}

// kind is what the task's outputs mean.
func (t Task) kind() kinds.Kind { return kinds.Of(t.Kind) }

// Example is one text as token ids, and the form in which orders carry it.
type Example = input.Example

func (s Spec) check() error {
	if s.MaskedLM && len(s.Tasks) != 1 {
		return fmt.Errorf("%w: a masked language model has one task, not %d", ErrSpec, len(s.Tasks))
	}
	if s.MaskedLM && s.LoRA.On() {
		return fmt.Errorf("%w: a masked language model is trained without LoRA", ErrSpec)
	}
	if s.MaskedLM && s.Frozen != 0 {
		return fmt.Errorf("%w: of a masked language model nothing can be frozen", ErrSpec)
	}
	if len(s.Tasks) == 0 {
		return fmt.Errorf("%w: there is no task; give at least one", ErrSpec)
	}
	seen := map[string]bool{}
	for i, t := range s.Tasks {
		switch {
		case t.Name == "":
			return fmt.Errorf("%w: task %d has no name", ErrSpec, i)
		case seen[t.Name]:
			return fmt.Errorf("%w: task %s is listed twice", ErrSpec, t.Name)
		case t.Classes < t.kind().Fewest() && !s.MaskedLM:
			return fmt.Errorf("%w: task %s has %d classes; it needs at least %d", ErrSpec, t.Name, t.Classes, t.kind().Fewest())
		case t.Classes > t.kind().Most():
			return fmt.Errorf("%w: task %s is of kind %s and has %d outputs; it can have at most %d", ErrSpec, t.Name, t.Kind, t.Classes, t.kind().Most())
		case len(t.Settings.Bias) > 0 && len(t.Settings.Bias) != t.Classes:
			return fmt.Errorf("%w: task %s has %d outputs and is to begin with %d biases", ErrSpec, t.Name, t.Classes, len(t.Settings.Bias))
		}
		seen[t.Name] = true
	}
	if p := s.Dropout; p != nil && !(*p >= 0 && *p < 1) {
		return fmt.Errorf("%w: dropout is %g; it must be 0 or more and less than 1", ErrSpec, *p)
	}
	if s.MicroBatch < 0 || s.Threads < 0 || s.BucketBytes < 0 {
		return fmt.Errorf("%w: micro-batch %d, threads %d and bucket bytes %d must not be negative", ErrSpec, s.MicroBatch, s.Threads, s.BucketBytes)
	}
	return nil
}
