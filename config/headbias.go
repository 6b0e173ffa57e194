package config

// HeadBias says where the biases of new heads begin.
type HeadBias string

// The beginnings.
const (
	// HeadBiasZero: at zero; also the empty value.
	HeadBiasZero HeadBias = "zero"
	// HeadBiasPrior: where the head says of every text how frequent the classes are in the training rows
	// (Lin et al. 2017, "Focal Loss for Dense Object Detection", section 3.3, of one rare class).
	HeadBiasPrior HeadBias = "prior"
)

func (t Task) validateHeadBias(report reporter, path string) {
	switch {
	case t.HeadBias == "":
	case t.HeadBias != HeadBiasZero && t.HeadBias != HeadBiasPrior:
		report.bad(true, path, "%s", oneOf(string(t.HeadBias), string(HeadBiasZero), string(HeadBiasPrior)))
	case t.HeadBias == HeadBiasZero:
	case t.Kind.Is(KindValue):
		report.bad(true, path, "a task of kind value begins at the mean of its training rows without this key: remove it")
	case t.Pretrain:
		report.bad(true, path, "%s is a pretraining corpus (pretrain: true), whose rows have no classes: remove this key", t.Name)
	}
}
