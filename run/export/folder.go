package export

import (
	"ringmaster/data"
	"ringmaster/data/tokens"
	"ringmaster/model/weights"
	"ringmaster/run/plan"
)

// Write writes a finished model: the folder, and in it what a text goes through before the
// tokenizer. A BERT's tokenizer is written so that transformers treats texts as training did:
// it cleans and cuts them itself.
func Write(dir string, spec weights.WriteSpec, recipe data.Recipe) error {
	if err := weights.Write(dir, spec); err != nil {
		return err
	}
	tokenizer, err := data.OpenTokenizer(spec.Tokenizer)
	if err != nil {
		return err
	}
	bert, ok := tokenizer.(*tokens.Tokenizer)
	if !ok {
		return recipe.Write(dir)
	}
	steps, err := data.TokenizerSteps(bert, recipe.Clean[target(spec.Heads)])
	if err != nil {
		return err
	}
	after, problems, err := bert.After(steps)
	if err != nil {
		return err
	}
	encoder, isEncoder := spec.Config.(weights.BertConfig)
	if err := after.Deliver(dir, spec.Tokenizer, recipe.MaxLength, isEncoder && encoder.HasTokenTypes()); err != nil {
		return err
	}
	if isEncoder && len(recipe.Pairs) > 0 {
		if err := tokens.NameInputs(dir, encoder.HasSecondType()); err != nil {
			return err
		}
	}
	recipe.TokenizerSteps = len(steps)
	if err := recipe.Write(dir); err != nil {
		return err
	}
	return card{spec: spec, recipe: recipe, steps: steps, problems: problems}.write(dir)
}

// target is the task whose texts the folder is asked about; a masked language model's corpora are one.
func target(heads []weights.Head) string {
	for _, h := range heads {
		if h.Target {
			return h.Task
		}
	}
	return plan.MaskedTask
}
