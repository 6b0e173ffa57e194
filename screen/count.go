package screen

import "fmt"

// Count is a number with its noun: "1 row", "0 rows".
func Count(n int, one, many string) string { return fmt.Sprintf("%d %s", n, Noun(n, one, many)) }

// Noun is the noun, or the verb, that fits the number.
func Noun(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
