package data

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ringmaster/config"
	"ringmaster/data/tokens"
	"ringmaster/inputfile"
)

// largestRecipe bounds a recipe, in bytes.
const largestRecipe = 16 << 20

// recipeFile stands in a model folder beside the weights.
const recipeFile = "ringmaster.json"

// Recipe is the preprocessing of a model's texts. It is stored with the model, so that texts
// for prediction are preprocessed in the same way.
type Recipe struct {
	// MaxLength is the number of tokens that texts were truncated to.
	MaxLength int `json:"max_length"`
	// Clean is each task's cleaning.
	Clean map[string]config.Clean `json:"clean"`
	// Pairs are the tasks whose rows have two texts.
	Pairs []string `json:"pairs,omitempty"`
	// TokenizerSteps is how many steps of the folder's tokenizer.json do what Clean says of the
	// target, for transformers. For texts that are cleaned already they are left out
	// ([OpenTokenizer]).
	TokenizerSteps int `json:"tokenizer_steps,omitempty"`
}

// RecipeOf is the preprocessing of the texts of tasks that are trained together.
func RecipeOf(tasks []config.Task, maxLength int) Recipe {
	r := Recipe{MaxLength: maxLength, Clean: map[string]config.Clean{}}
	for _, t := range tasks {
		r.Clean[t.Name] = t.Data.Clean
		if t.Data.TextPair != "" {
			r.Pairs = append(r.Pairs, t.Name)
		}
	}
	return r
}

// OpenTokenizer opens the tokenizer of a model folder for texts that have been cleaned already.
func OpenTokenizer(dir string) (tokens.Encoder, error) {
	encoder, err := tokens.OpenFolder(dir)
	if err != nil {
		return nil, err
	}
	recipe, err := ReadRecipe(dir)
	if err != nil {
		return nil, err
	}
	if t, ok := encoder.(*tokens.Tokenizer); ok {
		return t.Cleaned(recipe.TokenizerSteps)
	}
	return encoder, nil
}

// Write puts the recipe into a model folder.
func (r Recipe) Write(dir string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode recipe: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, recipeFile), append(text, '\n'), 0o644)
}

// ReadRecipe reads a model folder's recipe. A folder of another program has none: the recipe
// is then empty, and texts are only truncated at the model's own length.
func ReadRecipe(dir string) (Recipe, error) {
	text, err := inputfile.Read(filepath.Join(dir, recipeFile), largestRecipe)
	if errors.Is(err, fs.ErrNotExist) {
		return Recipe{}, nil
	}
	if err != nil {
		return Recipe{}, err
	}
	var r Recipe
	if err := json.Unmarshal(text, &r); err != nil {
		return Recipe{}, fmt.Errorf("%s: %w", filepath.Join(dir, recipeFile), err)
	}
	return r, nil
}
