package tinybert

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// words stand whole in the vocabulary; everything else is spelt.
var words = strings.Fields(`i you they we the a an of to and in it is was were so very not
	sorry hear heard grief hope loss kind help friend hospital storm family news report
	good great awful dull lovely poor film plot cast music joy fear anger sad happy scared
	angry tears smile dark shout today again never always`)

// plainWords is how many of them, from the first, are signs of no class.
const plainWords = 17

// Plain are the words that are signs of no class.
func Plain() []string { return words[:plainWords:plainWords] }

// Vocabulary is a line a piece: special tokens, words, characters and their continuations.
func Vocabulary() []string {
	pieces := []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}
	single := strings.Split("abcdefghijklmnopqrstuvwxyz0123456789", "")
	for _, w := range words {
		if len(w) > 1 {
			pieces = append(pieces, w)
		}
	}
	pieces = append(pieces, single...)
	for _, c := range single {
		pieces = append(pieces, "##"+c)
	}
	return append(pieces, strings.Split(`.,;:!?'"-()`, "")...)
}

// Sentence strings plain words and signs of a class together; number makes it unlike
// every other.
func Sentence(random *rand.Rand, signs []string, number int) string {
	text := []string{}
	for range 3 + random.IntN(9) {
		from := Plain()
		if random.IntN(2) == 0 {
			from = signs
		}
		text = append(text, from[random.IntN(len(from))])
	}
	return fmt.Sprintf("%s, no %d.", strings.Join(text, " "), number)
}
