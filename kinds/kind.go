package kinds

import (
	"ringmaster/config"
	"ringmaster/run/metrics"
)

// Kind is a kind of task.
type Kind interface {
	// Loss says what the outputs of a head with so many go through.
	Loss(outputs int) Loss
	// Fewest and Most are the numbers of outputs that a head has at least and at most.
	Fewest() int
	Most() int
	// Taught is how many of a teacher's logits a head with so many outputs learns from.
	Taught(outputs int) int
	// CheckGold says whether an example can be measured against its gold answer.
	CheckGold(g Gold, outputs int) error
	// Teach is what a teacher says with its logits: probabilities, or a value.
	Teach(logits []float32) []float64
	// Mean is logits with which one teacher says the mean of what several say. Classes are compared at a temperature.
	Mean(logits [][]float32, temperature float64) []float32
	// CheckTaught says whether numbers, one for each name, can be what Teach gives, such as those of a file.
	CheckTaught(names []string, said []float64) error
	// Logits are logits with which a teacher says that: Teach undoes it, but for probabilities near 0 and 1.
	Logits(said []float64) []float32
	// Certain is what a teacher says that is certain of the gold answer.
	Certain(g Gold, outputs int) []float64
	// Target is what the outputs are held against: λ of the gold answer and 1−λ of taught, which is
	// Teach's and only read where λ < 1. At λ = 1 and 0 it is exactly the one or the other.
	// Its length is outputs times Loss(outputs).Targets().
	Target(g Gold, taught []float64, lambda float64, outputs int, s Settings) []float64
	// Prior is what a head says that says the same of every text, with the least loss: the outputs for the mean of the targets (Target's,
	// against gold answers alone) of so many training rows. New heads may begin with it as their bias.
	Prior(mean []float64, rows int) []float64
	// Answer is what a head says with its logits. A label is given from a probability of threshold.
	Answer(logits []float32, threshold float64) Answer
	// NewScorer scores answers; names are the outputs', and positive is the class that a task of two
	// is judged by, or empty.
	NewScorer(names []string, positive string) (Scorer, error)
}

// Of is the kind of that name. Validation has refused others.
func Of(name config.Kind) Kind {
	switch {
	case name.Is(config.KindLabels):
		return labels{}
	case name.Is(config.KindValue):
		return value{}
	case name.Is(config.KindOrdered):
		return ordered{}
	}
	return classes{}
}

// Loss is a loss function.
type Loss int

// The loss functions.
const (
	// CrossEntropy: −Σ target·log softmax(outputs).
	CrossEntropy Loss = iota
	// BinaryCrossEntropy: −Σ over outputs of a·log σ(z) + b·log σ(−z), where a and b are the output's two targets.
	BinaryCrossEntropy
	// SquaredError: Σ (output − target)².
	SquaredError
	// BetaNLL: σ^2β·(log σ² + (target − mean)²/σ²)/2 of the outputs mean and log σ², β being Beta; the weight σ^2β is
	// taken for a constant in the gradient.
	BetaNLL
)

// Targets is how many targets each output has.
func (l Loss) Targets() int {
	if l == BinaryCrossEntropy {
		return 2
	}
	return 1
}

// Gold is the right answer to a text; which field has it depends on the kind.
type Gold struct {
	Class int     // an index into the classes
	Set   []int32 // indices of the text's labels, ascending
	Value float64 // in the data's unit
}

// Settings are the numbers of a task's training that its targets, or a new head, depend on. The zero value changes nothing.
type Settings struct {
	// Weights are the losses' weights by class, or by label where it is present; nil weighs all alike.
	Weights []float64 `json:"weights,omitempty"`
	// Smoothing is the share of a gold answer that is spread evenly over all classes, or over yes and no.
	Smoothing float64 `json:"smoothing,omitempty"`
	// Scale is the scale of values in training.
	Scale Scale `json:"scale,omitzero"`
	// Bias is what the bias of a new head begins with; nil is zeros.
	Bias []float64 `json:"bias,omitempty"`
}

// Answer is what a head says of a text.
type Answer struct {
	// Class is the likeliest class, of kinds with one; else -1.
	Class int
	// Set are the labels given, of a kind with labels; else nil.
	Set []int32
	// Probabilities are one for each class or label; nil for a value.
	Probabilities []float64
	Value         float64
	// Deviation is the standard deviation that a head with a variance says of Value; else nil.
	Deviation *float64
}

// Scorer scores answers against gold ones.
type Scorer interface {
	// Add adds a text's answer by its logits.
	Add(g Gold, logits []float32) error
	// Threshold is the one that the rows so far would choose, and metrics.DefaultThreshold for kinds without.
	Threshold() float64
	// Scores are the numbers at a threshold.
	Scores(threshold float64) metrics.Scores
}

// Names are the names of a set of labels.
func Names(names []string, set []int32) []string {
	list := make([]string, len(set))
	for i, label := range set {
		list[i] = names[label]
	}
	return list
}
