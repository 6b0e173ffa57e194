package weights

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ringmaster/errkind"
)

// readConfig reads and checks DIR/config.json: of a baseline where its model_type says so, else
// of the architecture of that model_type, BERT where it has none.
func readConfig(dir string) (Config, error) {
	text, err := readFile(dir, "config.json")
	if err != nil {
		return nil, explainNoConfig(dir, err)
	}
	var kind struct {
		ModelType string `json:"model_type"`
	}
	_ = json.Unmarshal(text, &kind) // what is wrong with the file is told below
	var config Config
	if strings.HasPrefix(kind.ModelType, baselinePrefix) {
		baseline := BaselineConfig{}
		err = parseConfig(dir, text, &baseline, nil)
		config = baseline
	} else {
		config, err = readBertConfig(dir, text, kind.ModelType)
	}
	if err != nil {
		return nil, err
	}
	if lines, kind := config.problems(); len(lines) > 0 {
		return nil, &Problems{Dir: dir, Kind: kind, Lines: lines}
	}
	return config, nil
}

// readBertConfig reads the config.json of a model_type in BERT's words.
func readBertConfig(dir string, text []byte, modelType string) (BertConfig, error) {
	a := BertConfig{ModelType: modelType}.architecture()
	c := a.defaults.withOwnForms()
	inBerts, err := a.toBertsKeys(text)
	if err == nil {
		err = parseConfig(dir, inBerts, &c, a.key)
	}
	c.keepForms(a.defaults)
	c.Rotary.settle()
	if !a.ownEmbeddingSize {
		c.EmbeddingSize = 0
	}
	if !a.relativePosition {
		c.RelativeBuckets = 0
	}
	return c, err
}

// parseConfig decodes config.json and says which key is of the wrong type; key is the name of a
// field in the file, nil where it is the field's own.
func parseConfig(dir string, text []byte, into any, key func(string) string) error {
	err := json.Unmarshal(text, into)
	var wrongType *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrongType) && wrongType.Field != "":
		field := wrongType.Field
		if key != nil {
			field = key(field)
		}
		return errkind.Errorf(ErrConfig, "model folder %s: config.json: key %s is a %s, want %s",
			dir, field, wrongType.Value, kindOf(wrongType))
	}
	return errkind.Errorf(ErrConfig, "model folder %s: config.json is not JSON: %w", dir, err)
}

// kindOf names the wanted type of a key in JSON's words.
func kindOf(e *json.UnmarshalTypeError) string {
	switch kind := e.Type.Kind().String(); {
	case strings.HasPrefix(kind, "int"):
		return "a whole number"
	case strings.HasPrefix(kind, "float"):
		return "a number"
	case kind == "bool":
		return "true or false"
	case kind == "slice":
		return "a list"
	case kind == "map":
		return "an object"
	default:
		return "a " + kind
	}
}

func explainNoConfig(dir string, err error) error {
	info, statErr := os.Stat(dir)
	switch {
	case errors.Is(statErr, fs.ErrNotExist):
		return errkind.Errorf(ErrNotFolder, "model folder %s does not exist", dir)
	case statErr == nil && !info.IsDir():
		return errkind.Errorf(ErrNotFolder, "model folder %s is a file; give the folder that holds config.json", dir)
	case errors.Is(err, fs.ErrNotExist) && holdsState(dir):
		return errkind.Errorf(ErrNotFolder, "%s is a training checkpoint, not a model folder; export one with: %s", dir, exportCommand(dir))
	case errors.Is(err, fs.ErrNotExist):
		return errkind.Errorf(ErrNotFolder, "model folder %s has no config.json; give a Hugging Face folder of an encoder, as a BERT", dir)
	}
	return err
}

// holdsState says whether a folder is a checkpoint of a training state.
func holdsState(dir string) bool {
	shards, err := filepath.Glob(filepath.Join(dir, "state-*-of-*.safetensors"))
	return err == nil && len(shards) > 0
}

// exportCommand is what makes a model folder of a checkpoint RUN/checkpoints/step-N.
func exportCommand(dir string) string {
	run := filepath.Dir(filepath.Dir(filepath.Clean(dir)))
	if step, ok := strings.CutPrefix(filepath.Base(dir), "step-"); ok {
		return fmt.Sprintf("ringmaster model export %s --step %s", run, step)
	}
	return fmt.Sprintf("ringmaster model export %s (see its --help)", run)
}
