package tools

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yannh/kubeconform/pkg/validator"
	"sigs.k8s.io/yaml"
)

// schemaVersion is the newest Kubernetes whose schemas the module schemaModule has in it.
const (
	schemaModule  = "sigs.k8s.io/kubectl-validate"
	schemaVersion = "1.30"
)

// Every object keeps the schema of the Kubernetes API, by kubeconform: no unknown field, no value
// of another type. kubeconform itself would fetch the schemas; these are those that the module of
// kubectl-validate has in it.
func TestObjectsKeepTheSchema(t *testing.T) {
	v, err := validator.New([]string{filepath.Join(schemas(t), "{{.ResourceKind}}-{{.ResourceAPIVersion}}.json")}, validator.Opts{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, overlay := range overlays(t) {
		manifest := kustomized(t, overlay)
		if found := strings.Count(string(manifest), "\nkind: "); found < 8 {
			t.Errorf("%s has only %d objects", overlay, found)
		}
		for _, result := range v.Validate(overlay, io.NopCloser(bytes.NewReader(manifest))) {
			if result.Status != validator.Valid {
				t.Errorf("%s: %v: %v", overlay, result.Resource.Path, result.Err)
			}
		}
	}
	job := objects(t, kustomized(t, "local"))["Job sample-workers"]
	job["spec"].(object)["parallellism"] = 3
	text, err := yaml.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	if result := v.Validate("misspelt", io.NopCloser(bytes.NewReader(text))); len(result) != 1 || result[0].Status != validator.Invalid {
		t.Errorf("a misspelt field was not found: %v", result)
	}
}

// schemas writes a folder of JSON schemas, one a kind, as kubeconform wants them.
func schemas(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", schemaModule).Output()
	if err != nil {
		t.Fatalf("%s: %v", schemaModule, err)
	}
	builtins := filepath.Join(strings.TrimSpace(string(out)), "pkg", "openapiclient", "builtins", schemaVersion)
	dir := t.TempDir()
	for group, file := range map[string]string{
		"": "api/v1.json", "batch": "apis/batch/v1.json", "policy": "apis/policy/v1.json", "networking.k8s.io": "apis/networking.k8s.io/v1.json",
	} {
		text, err := os.ReadFile(filepath.Join(builtins, file))
		if err != nil {
			t.Fatal(err)
		}
		var document struct {
			Components struct {
				Schemas map[string]object `json:"schemas"`
			} `json:"components"`
		}
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		for _, schema := range document.Components.Schemas {
			if _, known := schema["properties"]; known {
				schema["additionalProperties"] = false
			}
		}
		for name, schema := range document.Components.Schemas {
			kinds, isKind := schema["x-kubernetes-group-version-kind"].([]any)
			if !isKind || len(kinds) != 1 || kinds[0].(object)["group"] != group {
				continue
			}
			kind := strings.ToLower(kinds[0].(object)["kind"].(string))
			text, err := json.Marshal(object{"$ref": "#/components/schemas/" + name, "components": document.Components})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, kind+"-v1.json"), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}
