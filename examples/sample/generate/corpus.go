package main

import (
	"fmt"
	"strings"
)

const (
	minWords, maxWords = 6, 30

	// wrongLabels, linked and addressed are percentages of rows.
	wrongLabels = 3
	linked      = 2
	addressed   = 2
	// repeated rows stand twice.
	repeated = 8
)

// row is one text with the class it is labelled with.
type row struct{ text, class string }

// writeText writes a text of a class.
type writeText func(c *chooser, class string) (string, error)

// makeRows writes a corpus of n rows, as many of each class, in a seeded order.
func makeRows(c *chooser, n int, classes []string, write writeText) ([]row, error) {
	rows := make([]row, 0, n)
	seen := map[string]bool{}
	for i := 0; len(rows) < n-repeated; i++ {
		if i > 20*n {
			return nil, fmt.Errorf("only %d different texts of %d after %d tries", len(rows), n, i)
		}
		class := classes[len(rows)%len(classes)]
		text, err := write(c, class)
		if err != nil {
			return nil, fmt.Errorf("class %s: %w", class, err)
		}
		text = decorate(c, text)
		if words := len(strings.Fields(text)); words < minWords || words > maxWords || seen[text] || repeats(text) {
			continue
		}
		seen[text] = true
		if c.chance(wrongLabels) {
			right := class
			for class == right {
				class = c.pick(classes)
			}
		}
		rows = append(rows, row{text, class})
	}
	for len(rows) < n {
		rows = append(rows, rows[c.below(n-repeated)])
	}
	for i := len(rows) - 1; i > 0; i-- { // Fisher and Yates
		j := c.below(i + 1)
		rows[i], rows[j] = rows[j], rows[i]
	}
	return rows, nil
}

// decorate gives a few texts a link or an @name, which cleaning replaces.
func decorate(c *chooser, text string) string {
	switch n := c.below(100); {
	case n < linked:
		return fmt.Sprintf("%s https://example.org/post/%d", text, 1000+c.below(9000))
	case n < linked+addressed:
		return fmt.Sprintf("@%s%d %s", c.pick([]string{"mira_", "tom", "anna_k", "reader"}), 10+c.below(90), text)
	}
	return text
}

// repeats says whether a text has one sentence twice.
func repeats(text string) bool {
	seen := map[string]bool{}
	for sentence := range strings.SplitSeq(text, ". ") {
		sentence = strings.TrimRight(sentence, ".")
		if seen[sentence] {
			return true
		}
		seen[sentence] = true
	}
	return false
}
