package reproduce

import (
	"fmt"
	"slices"
	"strings"
)

// tried are the keys of which several values may be tried: teachers keep the base's.
var tried = []string{"train.lr", "train.epochs", "train.batch"}

// Choices are all combinations of KEY=VALUE,VALUE…; none of nothing.
func Choices(try []string) ([][]string, error) {
	if len(try) == 0 {
		return nil, nil
	}
	choices := [][]string{nil}
	for _, t := range try {
		key, values, found := strings.Cut(t, "=")
		if !found || values == "" {
			return nil, fmt.Errorf("%w: %q does not have the form key=value,value, for example train.lr=2e-5,5e-5", ErrOptions, t)
		}
		if !slices.Contains(tried, key) {
			return nil, fmt.Errorf("%w: values of %s cannot be tried; supported keys: %s", ErrOptions, key, strings.Join(tried, ", "))
		}
		var longer [][]string
		for _, c := range choices {
			for value := range strings.SplitSeq(values, ",") {
				longer = append(longer, append(slices.Clone(c), key+"="+strings.TrimSpace(value)))
			}
		}
		choices = longer
	}
	return choices, nil
}
