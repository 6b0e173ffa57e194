package export

import (
	"ringmaster/data"
	"ringmaster/model/weights"
)

// Write writes a finished model: the folder, and in it what a text goes through before the
// tokenizer. A masked language model has no recipe (nil): its texts are left as they are.
func Write(dir string, spec weights.WriteSpec, recipe *data.Recipe) error {
	if err := weights.Write(dir, spec); err != nil {
		return err
	}
	if recipe == nil {
		return nil
	}
	return recipe.Write(dir)
}
