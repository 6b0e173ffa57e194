package main

import (
	"os"
	"strings"
	"testing"

	"ringmaster/cmd/version"
)

// The manifests name the images of this version.
func TestManifestsAreOfThisVersion(t *testing.T) {
	for file, want := range map[string]string{
		"../../deploy/k8s/base/kustomization.yaml":           "newTag: " + version.Number + "\n",
		"../../deploy/k8s/components/gpu/kustomization.yaml": "newTag: " + version.Number + "-gpu\n",
		"../../deploy/helm/ringmaster/Chart.yaml":            "appVersion: " + version.Number + "\n",
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %q", file, want)
		}
	}
}
