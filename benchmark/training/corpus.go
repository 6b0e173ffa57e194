package training

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// words are what texts are drawn from: the model's own words where it has a plain list of them, so that
// texts touch as many rows of the embeddings as real ones or more.
func words(folder string) []string {
	content, err := os.ReadFile(filepath.Join(folder, "vocab.txt"))
	if err != nil {
		return syllables() // a folder with tokenizer.json alone
	}
	var found []string
	for w := range strings.Lines(string(content)) {
		w = strings.TrimSpace(w)
		notLetter := func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) }
		if len(w) > 3 && strings.IndexFunc(w, notLetter) < 0 {
			found = append(found, w)
		}
	}
	if len(found) == 0 {
		return syllables()
	}
	return found
}

// syllables makes words that any tokenizer can spell.
func syllables() []string {
	var made []string
	for _, a := range []string{"ba", "ko", "mi", "ru", "sen", "tal", "vor"} {
		for _, b := range []string{"da", "fe", "lo", "nim", "pu", "sta"} {
			for _, c := range []string{"n", "ra", "s", "ty"} {
				made = append(made, a+b+c)
			}
		}
	}
	return made
}

// sentence joins so many random words.
func sentence(random *rand.Rand, from []string, count int) string {
	chosen := make([]string, count)
	for i := range chosen {
		chosen[i] = from[random.IntN(len(from))]
	}
	return strings.Join(chosen, " ")
}

// messageLength is how many words a text of real length has: 18 in the median, long ones rare.
func messageLength(random *rand.Rand) int {
	return min(110, max(2, int(math.Round(math.Exp(2.9+0.7*random.NormFloat64())))))
}

// writeLabelled writes rows of text and label (c0, c1, …) with a header, separated by tabs.
func writeLabelled(path string, random *rand.Rand, from []string, rows, classes int, length func() int) error {
	var b strings.Builder
	b.WriteString("text\tlabel\n")
	for row := range rows {
		fmt.Fprintf(&b, "%s\tc%d\n", sentence(random, from, length()), row%classes)
	}
	return os.WriteFile(path, []byte(b.String()), 0o600)
}

// writeLines writes a text a line.
func writeLines(path string, random *rand.Rand, from []string, rows, length int) error {
	var b strings.Builder
	for range rows {
		b.WriteString(sentence(random, from, length) + "\n")
	}
	return os.WriteFile(path, []byte(b.String()), 0o600)
}
