package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"ringmaster/cmd/version"
)

// A pod that the kernel has killed at its memory limit says so, and what to change.
func TestAPodWithoutMemorySaysSo(t *testing.T) {
	for component, advice := range map[string]string{"worker": "--memory", "coordinator": "Job"} {
		var pod object
		text := `{"metadata": {"labels": {"app.kubernetes.io/component": "` + component + `"}}, "status": {"phase": "Failed",
			"containerStatuses": [{"state": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "message": "step 7\nstep 8"}}}]}}`
		if err := json.Unmarshal([]byte(text), &pod); err != nil {
			t.Fatal(err)
		}
		if state, why := pod.podState(); state != "out of memory" || !strings.Contains(why, advice) {
			t.Errorf("%s: %s, %s", component, state, why)
		}
	}
}

// A pod that has failed says why, in the sentence that its program ended with and whole, however narrow the terminal is and
// whatever else it said.
func TestAFailedPodSaysWhy(t *testing.T) {
	long := strings.Repeat("no GPU is visible here ", 20)
	for message, want := range map[string]string{
		"step 7\nringmaster: worker a failed: " + long + "\nthe run's logs are in /run/x": "\npod-0: ringmaster: worker a failed: " + strings.TrimSpace(long),
		"level=INFO\nringmaster-worker: " + long:                                          "\npod-0: ringmaster-worker: " + strings.TrimSpace(long),
		"killed\n":                                                                        "\npod-0: killed",
	} {
		quoted, err := json.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		var pod object
		text := `{"metadata": {"name": "pod-0"}, "status": {"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"exitCode": 1, "message": ` + string(quoted) + `}}}]}}`
		if err := json.Unmarshal([]byte(text), &pod); err != nil {
			t.Fatal(err)
		}
		if got := podReasons([]object{pod}); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}

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
