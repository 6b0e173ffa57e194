package tools

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// linter is run by its version: it needs older modules than the rest.
const linter = "github.com/zegl/kube-score/cmd/kube-score@v1.20.0"

// accepted is what kube-score is told not to ask for.
var accepted = []string{
	"container-image-pull-policy",                   // tags are versions and never move; Always would need a registry where images were loaded
	"container-ephemeral-storage-request-and-limit", // the scratch that a model needs is not known
}

// kube-score finds nothing to object to.
func TestALinterFindsNothing(t *testing.T) {
	var manifests bytes.Buffer
	for _, overlay := range overlays(t) {
		manifests.WriteString("---\n")
		manifests.Write(kustomized(t, overlay))
	}
	args := []string{"run", linter, "score", "--output-format", "ci", "--exit-one-on-warning", "--kubernetes-version", "v1.34"}
	for _, a := range accepted {
		args = append(args, "--ignore-test", a)
	}
	c := exec.CommandContext(t.Context(), "go", append(args, "-")...)
	c.Stdin = &manifests
	out, err := c.CombinedOutput()
	if strings.HasPrefix(string(out), "go: ") && !strings.Contains(string(out), "\n[") && err != nil {
		t.Skipf("kube-score cannot be had: %s", out)
	}
	if err != nil {
		t.Errorf("%v", err)
	}
	looked := 0
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "[OK]") {
			looked++
			continue
		}
		if !strings.HasPrefix(line, "[SKIPPED]") {
			t.Log(strings.TrimSpace(line))
		}
	}
	if looked < 20 {
		t.Errorf("only %d checks were passed", looked)
	}
}
