package config

// Sampling says how often a task's training rows are dealt.
type Sampling string

// SamplingBalanced deals rows of each class alike often; the empty value deals every row once an epoch.
const SamplingBalanced Sampling = Balanced

func (t Task) validateSampling(report reporter, path string) {
	switch {
	case t.Sampling == "":
	case t.Sampling != SamplingBalanced:
		report.bad(true, path, "%s", oneOf(string(t.Sampling), string(SamplingBalanced)))
	case t.Kind.Is(KindValue):
		report.bad(true, path, "a task of kind value has no classes to deal alike often: remove this key")
	case t.Pretrain:
		report.bad(true, path, "%s is a pretraining corpus (pretrain: true), whose rows have no classes: remove this key", t.Name)
	case t.ClassWeights.Balanced():
		report.bad(true, path, "class_weights: balanced makes up for rare classes already: keep one of the two")
	}
}
