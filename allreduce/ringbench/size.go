package ringbench

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
)

// maxFloats is the longest vector: 4 GB on every rank.
const maxFloats = 1_000_000_000

var sizeForm = regexp.MustCompile(`^[0-9]{1,12}(\.[0-9]{1,9})?[kMG]?$`)

// ParseSize reads a vector's length in floats: a number, or one with k, M or G for
// thousands, millions or billions, as 1024, 1k (= 1000) or 11.7M. Errors are ErrOptions.
func ParseSize(text string) (floats int, err error) {
	if !sizeForm.MatchString(text) {
		return 0, fmt.Errorf("%w: size %q is not a number of floats such as 1024, 1k or 11.7M", ErrOptions, text)
	}
	digits := strings.TrimRight(text, "kMG")
	size, ok := new(big.Rat).SetString(digits)
	unit, known := map[string]int64{"": 1, "k": 1e3, "M": 1e6, "G": 1e9}[text[len(digits):]]
	if !ok || !known {
		return 0, fmt.Errorf("%w: size %q is not a number of floats", ErrOptions, text)
	}
	size.Mul(size, new(big.Rat).SetInt64(unit))
	if !size.IsInt() || size.Sign() <= 0 || size.Cmp(new(big.Rat).SetInt64(maxFloats)) > 0 {
		return 0, fmt.Errorf("%w: size %q is %s floats, want a whole number from 1 to 1G", ErrOptions, text, size.FloatString(3))
	}
	return int(size.Num().Int64()), nil
}

// sizeText writes a length as a person would give it.
func sizeText(floats int) string {
	for _, unit := range []struct {
		name  string
		worth int
	}{{"G", 1e9}, {"M", 1e6}, {"k", 1e3}} {
		if floats >= unit.worth && floats%(unit.worth/1000) == 0 {
			whole, rest := floats/unit.worth, floats%unit.worth*1000/unit.worth
			return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%03d", whole, rest), "0"), ".") + unit.name
		}
	}
	return fmt.Sprint(floats)
}
