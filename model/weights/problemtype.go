package weights

import "ringmaster/config"

// The values of problem_type in transformers' config.json.
const (
	singleLabel = "single_label_classification"
	multiLabel  = "multi_label_classification"
	regression  = "regression"
)

// problemType is what transformers calls a kind of task; it has no word for classes with an order.
func problemType(kind config.Kind) string {
	switch {
	case kind.Is(config.KindLabels):
		return multiLabel
	case kind.Is(config.KindValue):
		return regression
	}
	return singleLabel
}

// kindOfClassifier is the kind of a classifier that another program wrote. Like transformers it takes one
// output without a problem_type for a value. known is false where there is no such kind.
func kindOfClassifier(problemType string, outputs int64) (kind config.Kind, known bool) {
	switch {
	case problemType == regression && outputs == 1, problemType == "" && outputs == 1:
		return config.KindValue, true
	case problemType == multiLabel:
		return config.KindLabels, outputs > 1
	case problemType == "" || problemType == singleLabel:
		return "", true
	}
	return "", false
}
