package lexicon

import (
	_ "embed"
	"maps"
	"slices"
)

// Table8 names the words of the appendix of "Distilling Knowledge for Empathy Detection", its
// Table 8: 198 of its 200 (two could not be read) with their ratings of empathy, health-related
// words that the authors chose by hand from the lexicon of Sedoc et al. (2019). Typing errors are
// the lexicon's. A tweet of TwittEmp holds one of them and the word "cancer".
const Table8 = "table8"

//go:embed table8.csv
var table8 []byte

var lists = map[string][]byte{Table8: table8}

// Lists are the names of the lists that Read knows. A file of such a name is given as ./NAME.
func Lists() []string { return slices.Sorted(maps.Keys(lists)) }
