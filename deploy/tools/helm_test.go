package tools

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"sigs.k8s.io/yaml"
)

const chartDir = "../helm/ringmaster"

// hashed are the names that end in a hash of the content, which kustomize and Helm compute differently.
var hashed = regexp.MustCompile(`-(config|seed|token)-[a-z0-9]{10}\b`)

// The chart makes the objects that kustomize makes, of the same run file and with the values of
// helm/OVERLAY.yaml.
func TestHelmMakesTheObjectsOfKustomize(t *testing.T) {
	for _, overlay := range overlays(t) {
		t.Run(overlay, func(t *testing.T) {
			want := objects(t, hashed.ReplaceAll(kustomized(t, overlay), []byte("-$1-HASH")))
			var name string
			for _, o := range want {
				name = o["metadata"].(object)["labels"].(object)["app.kubernetes.io/instance"].(string)
			}
			got := objects(t, hashed.ReplaceAll(helmed(t, overlay, name), []byte("-$1-HASH")))
			volume := "PersistentVolumeClaim " + name + "-run"
			if keep := got[volume]["metadata"].(object)["annotations"].(object)["helm.sh/resource-policy"]; keep != "keep" {
				t.Errorf("helm uninstall would remove the volume: %v", keep)
			}
			delete(got[volume]["metadata"].(object), "annotations") // which is Helm's own
			for _, all := range []map[string]object{want, got} {
				sortVariables(t, all)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("kustomize (-) and Helm (+) differ:\n%s", diff)
			}
		})
	}
}

// sortVariables sorts the variables of the environment in each container, whose order may differ as long
// as each is defined before it is used in another.
func sortVariables(t *testing.T, all map[string]object) {
	t.Helper()
	for name, o := range all {
		if o["kind"] != "Job" {
			continue
		}
		pod := o["spec"].(object)["template"].(object)["spec"].(object)
		for _, c := range pod["containers"].([]any) {
			defined := map[string]bool{}
			variables := c.(object)["env"].([]any)
			for _, v := range variables {
				value, _ := v.(object)["value"].(string)
				for _, used := range reference.FindAllStringSubmatch(value, -1) {
					if !defined[used[1]] {
						t.Errorf("%s: %s is used before it is defined", name, used[1])
					}
				}
				defined[v.(object)["name"].(string)] = true
			}
			for _, argument := range c.(object)["args"].([]any) {
				for _, used := range reference.FindAllStringSubmatch(argument.(string), -1) {
					if !defined[used[1]] {
						t.Errorf("%s: %s is used and not defined", name, used[1])
					}
				}
			}
			slices.SortFunc(variables, func(a, b any) int {
				return strings.Compare(a.(object)["name"].(string), b.(object)["name"].(string))
			})
		}
	}
}

// reference is a variable in a value or an argument.
var reference = regexp.MustCompile(`\$\((\w+)\)`)

// helmed renders the chart for an overlay's run file.
func helmed(t *testing.T, overlay, name string) []byte {
	t.Helper()
	values := readValues(t, filepath.Join("testdata", "values", overlay+".yaml"))
	folder, _, _ := strings.Cut(overlay, "+")
	run, err := os.ReadFile(filepath.Join("../k8s/overlays", folder, "run.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	values["runFile"], values["seed"], values["token"] = string(run), testSeed, testToken
	manifest, err := template(t, name, values)
	if err != nil {
		t.Fatal(err)
	}
	return manifest
}

// template renders the chart as `helm template` does.
func template(t *testing.T, name string, values map[string]any) ([]byte, error) {
	t.Helper()
	chart, err := loader.Load(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	options := chartutil.ReleaseOptions{Name: name, Namespace: "default", Revision: 1, IsInstall: true}
	merged, err := chartutil.ToRenderValues(chart, values, options, chartutil.DefaultCapabilities)
	if err != nil {
		t.Fatal(err)
	}
	files, err := engine.Render(chart, merged)
	var manifest []byte
	for _, file := range slices.Sorted(maps.Keys(files)) {
		manifest = append(manifest, "\n---\n"+files[file]...)
	}
	return manifest, err
}

func readValues(t *testing.T, path string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return values
}

// The chart refuses to be installed without a run file, a seed or a token, in a sentence.
func TestHelmAsksForWhatItNeeds(t *testing.T) {
	for _, missing := range []string{"runFile", "seed", "token"} {
		values := map[string]any{"runFile": "x", "seed": "x", "token": "x"}
		delete(values, missing)
		if _, err := template(t, "sample", values); err == nil || !regexp.MustCompile("give .*"+missing).MatchString(err.Error()) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}
