package tokens

import (
	"path/filepath"

	"ringmaster/durable"
)

// NameInputs says in a delivered folder's tokenizer_config.json whether transformers gives the model token types 0 and 1
// of two texts. Its classes have defaults, which are not those of every model that has their tokenizer.
func NameInputs(dir string, types bool) error {
	config, err := readKeys(dir, "tokenizer_config.json")
	if err != nil {
		return err
	}
	file := map[string]any{}
	for key, value := range config.keys {
		file[key] = value
	}
	names := []string{"input_ids", "attention_mask"}
	if types {
		names = append(names, "token_type_ids")
	}
	file["model_input_names"] = names
	return durable.WriteJSON(filepath.Join(dir, "tokenizer_config.json"), file)
}
