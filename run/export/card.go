package export

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

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
				note = "what transformers loads"
			}
			line("| %s | %s | %s |", h.Task, strings.Join(h.Classes, ", "), note)
		}
		line("\n    ringmaster predict --model FOLDER texts.txt\n\nTransformers gives the same probabilities:\n")
	}
	line("    from transformers import pipeline\n    ask = pipeline(%q, model=%q, %s)\n", pipeline, "FOLDER", c.arguments())
	if c.recipe.MaxLength > 0 {
		line("Training cut texts to %d tokens. A pipeline cuts none unless it is told to, as above; a text beyond\n%[1]d tokens then gets the answer of its beginning.\n", c.recipe.MaxLength)
	}
	c.cleaning(line)
	return b.String()
}

// arguments make a pipeline treat long texts as training did.
func (c card) arguments() string {
	if len(c.spec.Heads) > 0 {
		return "truncation=True"
	}
	return `tokenizer_kwargs={"truncation": True}`
}

func (c card) cleaning(line func(string, ...any)) {
	if len(c.steps) == 0 {
		return
	}
	line("Texts were cleaned, and the folder's tokenizer (tokenizer.json) does the same, in this order:\n")
	for _, s := range c.steps {
		line("- %s", s)
	}
	if len(c.problems) > 0 {
		line("\nWhat it cannot do as training did:\n")
	}
	for _, p := range c.problems {
		line("- %s", p)
	}
}
