package worker

import (
	"fmt"
	"slices"
	"strings"

	"ringmaster/data"
)

// ReadsPairs says whether the heads that are to answer read two texts a row. given says that two are at hand, which
// decides for a folder of another program: that does not say how it was trained. Heads of which some read two are an
// error, [ErrNoTask], as are two texts for heads that read one.
func ReadsPairs(o PredictOptions, given bool) (bool, error) {
	_, heads, err := openHeads(o)
	if err != nil {
		return false, err
	}
	recipe, err := data.ReadRecipe(o.Dir)
	if err != nil || recipe.Clean == nil {
		return given, err
	}
	var one, two []string
	for _, h := range heads {
		if slices.Contains(recipe.Pairs, h.Task) {
			two = append(two, h.Task)
		} else {
			one = append(one, h.Task)
		}
	}
	switch {
	case len(one) > 0 && len(two) > 0:
		return false, fmt.Errorf("%w: %s was trained on one text a row, and %s on two: ask them one after the other, with --task",
			ErrNoTask, strings.Join(one, ", "), strings.Join(two, ", "))
	case given && len(two) == 0:
		return false, fmt.Errorf("%w: %s was trained on one text a row: leave out --text-pair", ErrNoTask, strings.Join(one, ", "))
	}
	return len(two) > 0, nil
}
