package tokens

import "testing"

// Two tokens that overlap are named once; a token that ends as it begins is found the same way in any order.
func TestOverlapsOfTwoTokens(t *testing.T) {
	var tokens []declaredToken
	for _, content := range []string{"|||A|||", "[B]", "|C"} {
		tokens = append(tokens, declaredToken{addedToken: addedToken{Content: content}})
	}
	for _, normalised := range []bool{false, true} {
		for i := range tokens {
			tokens[i].Normalized = &normalised
		}
		want := map[bool]int{false: 1, true: 0}[normalised]
		if got := overlaps(tokens); len(got) != want {
			t.Errorf("normalised %v: %q", normalised, got)
		}
	}
}
