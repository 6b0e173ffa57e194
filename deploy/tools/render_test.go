package tools

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// withComponents is an overlay with the components that no overlay has.
const withComponents = "cpu+monitoring+bucket"

// overlays are the folders of deploy/k8s/overlays, and withComponents.
func overlays(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("../k8s/overlays")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if len(names) < 5 {
		t.Fatalf("only %d overlays", len(names))
	}
	return append(names, withComponents)
}

const testSeed, testToken = "a-seed-for-tests", "a-token-for-tests"

// kustomized renders an overlay, with seed and token as a user makes them.
func kustomized(t *testing.T, overlay string) []byte {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../k8s")); err != nil {
		t.Fatal(err)
	}
	overlay, components, _ := strings.Cut(overlay, "+")
	at := filepath.Join(dir, "overlays", overlay)
	for component := range strings.SplitSeq(components, "+") {
		if component != "" {
			addComponent(t, filepath.Join(at, "kustomization.yaml"), component)
		}
	}
	for name, text := range map[string]string{"seed": testSeed, "token": testToken} {
		if err := os.WriteFile(filepath.Join(at, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), at)
	if err != nil {
		t.Fatal(err)
	}
	text, err := all.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// addComponent changes a kustomization as a user of a component does.
func addComponent(t *testing.T, path, component string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var k map[string]any
	if err := yaml.Unmarshal(text, &k); err != nil {
		t.Fatal(err)
	}
	list, _ := k["components"].([]any)
	k["components"] = append(list, "../../components/"+component)
	if text, err = yaml.Marshal(k); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// object is any Kubernetes object.
type object = map[string]any

// objects decodes a manifest, by "Kind name".
func objects(t *testing.T, manifest []byte) map[string]object {
	t.Helper()
	found := map[string]object{}
	for _, document := range strings.Split("\n"+string(manifest), "\n---") {
		var o object
		if err := yaml.Unmarshal([]byte(document), &o); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		if o == nil {
			continue
		}
		name := o["kind"].(string) + " " + o["metadata"].(object)["name"].(string)
		if _, twice := found[name]; twice {
			t.Errorf("%s is there twice", name)
		}
		found[name] = o
	}
	return found
}
