package export

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"ringmaster/config"
	"ringmaster/data"
	"ringmaster/data/replace"
	"ringmaster/durable"
	"ringmaster/model/weights"
)

// card is the README.md of a model folder: how to ask it, and what a text goes through.
type card struct {
	spec     weights.WriteSpec
	recipe   data.Recipe
	steps    []replace.Step
	problems []string // what transformers may do otherwise
}

func (c card) write(dir string) error {
	return durable.WriteFile(filepath.Join(dir, "README.md"), 0o644, func(w io.Writer) error {
		_, err := io.WriteString(w, c.text())
		return err
	})
}

func (c card) text() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	pipeline := "fill-mask"
	line("# A model trained with Ringmaster\n\n%s.\n", c.spec.Config.Describe())
	if len(c.spec.Heads) > 0 {
		pipeline = "text-classification"
		line("| task | classes | |\n|---|---|---|")
		for _, h := range c.spec.Heads {
			note := "ringmaster predict --task " + h.Task
			if h.Target {
				note = "loaded by transformers"
			}
			line("| %s | %s | %s |", h.Task, strings.Join(h.Classes, ", "), note)
		}
		texts := "texts.txt"
		if c.ofPairs() {
			texts = "--text FIRST --text-pair SECOND pairs.csv"
		}
		line("\n    ringmaster predict --model FOLDER %s\n\nTransformers gives the same probabilities:\n", texts)
	}
	if c.givesVariance() {
		line("The loaded task has two outputs, the value and the logarithm of its variance: ask with top_k=None.\n")
	}
	line("    from transformers import pipeline\n    ask = pipeline(%q, model=%q, %s)\n", pipeline, "FOLDER", c.arguments())
	if c.ofPairs() {
		line("    ask({\"text\": first, \"text_pair\": second})\n")
	}
	if c.severalLabels() {
		line("A text has any number of labels. The pipeline gives each its own probability; predict gives those from the probability in\nthresholds.json on.\n")
	}
	if c.recipe.MaxLength > 0 {
		rest := fmt.Sprintf("of a longer\ntext the first %d tokens are then used", c.recipe.MaxLength)
		if c.ofPairs() {
			rest = "of two\ntexts that are longer together the longer one is then cut first"
		}
		line("Training truncated texts to %d tokens. A pipeline truncates texts only with the arguments above; %s.\n", c.recipe.MaxLength, rest)
	}
	c.cleaning(line)
	return b.String()
}

// ofPairs says whether the model is asked about two texts at a time.
func (c card) ofPairs() bool { return slices.Contains(c.recipe.Pairs, target(c.spec.Heads)) }

// givesVariance says whether the head that transformers loads gives a value and its variance.
func (c card) givesVariance() bool {
	for _, h := range c.spec.Heads {
		if h.Target && h.Kind.Is(config.KindValue) && len(h.Classes) > 1 {
			return true
		}
	}
	return false
}

// arguments make a pipeline treat long texts as training did.
func (c card) arguments() string {
	switch {
	case c.severalLabels():
		return "top_k=None, truncation=True"
	case len(c.spec.Heads) > 0:
		return "truncation=True"
	}
	return `tokenizer_kwargs={"truncation": True}`
}

// severalLabels says whether transformers loads a head that gives a text any number of labels.
func (c card) severalLabels() bool {
	return slices.ContainsFunc(c.spec.Heads, func(h weights.Head) bool { return h.Target && h.Kind.Is(config.KindLabels) })
}

func (c card) cleaning(line func(string, ...any)) {
	if len(c.steps) == 0 {
		return
	}
	line("Training texts were cleaned. The folder's tokenizer (tokenizer.json) does the same, in this order:\n")
	for _, s := range c.steps {
		line("- %s", s)
	}
	if len(c.problems) > 0 {
		line("\nDifferences from the cleaning of the training texts:\n")
	}
	for _, p := range c.problems {
		line("- %s", p)
	}
}
