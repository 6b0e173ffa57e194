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

// readConfig reads and checks DIR/config.json: of a baseline where its model_type says so,
// else of a BERT.
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
		err = parseConfig(dir, text, &baseline)
		config = baseline
	} else {
		bert := DefaultBertConfig()
		err = parseConfig(dir, text, &bert)
		config = bert
	}
	if err != nil {
		return nil, err
	}
	if lines, kind := config.problems(); len(lines) > 0 {
		return nil, &Problems{Dir: dir, Kind: kind, Lines: lines}
	}
	return config, nil
}

// parseConfig decodes config.json and says which key is of the wrong type.
func parseConfig(dir string, text []byte, into any) error {
	err := json.Unmarshal(text, into)
	var wrongType *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return errkind.Errorf(ErrConfig, "model folder %s: config.json: key %s is a %s, want %s",
			dir, wrongType.Field, wrongType.Value, kindOf(wrongType))
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
		return errkind.Errorf(ErrNotFolder, "model folder %s has no config.json; give a Hugging Face folder of a BERT model", dir)
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
