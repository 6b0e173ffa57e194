package e2ek8s

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ringmaster/run/directory"
)

// shellBlock is what a reader of a page is asked to type.
var shellBlock = regexp.MustCompile("(?s)\n```sh\n(.*?)```")

// What docs/kubernetes.md has a newcomer type does what it says, from the credentials of a run to its removal.
func TestTheCommandsOfThePage(t *testing.T) {
	c := needCluster(t)
	page, err := os.ReadFile(filepath.Join(root, "docs", "kubernetes.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := shellBlock.FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 4 {
		t.Fatalf("only %d blocks of commands", len(blocks))
	}
	at, r := newcomer(t, c)
	for _, block := range blocks {
		commands := block[1]
		if strings.Contains(commands, "kubectl apply -k") {
			r.prepare(t, r.overlay(t, at, "local"))
		}
		if strings.Contains(commands, "model fetch minilm") && !haveModel(t, at) {
			t.Logf("=== SKIP: these commands, and those after them, want minilm fetched (84 MB): RINGMASTER_TEST_FETCH=1\n%s", commands)
			return
		}
		if _, options, found := strings.Cut(commands, "ringmaster k8s submit "); found {
			options, _, _ = strings.Cut(options, "\n")
			r.prepare(t, at.run(t, "ringmaster k8s submit --dry-run "+options))
		}
		t.Logf("%s\n%s", commands, at.run(t, commands))
	}
	result := directory.Layout(filepath.Join(at.dir, "runs", "from-the-cluster"))
	if _, err := result.ReadMetrics(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(string(result), "model", "model.safetensors")); err != nil {
		t.Error(err)
	}
}

// A shell is where a newcomer types: in the repository, with ringmaster and kubectl on the PATH.
type shell struct {
	dir  string
	path string
}

func newcomer(t *testing.T, c *cluster) (shell, *run) {
	t.Helper()
	at := shell{dir: t.TempDir()}
	for _, part := range []string{"deploy/k8s", "examples"} {
		if err := os.CopyFS(filepath.Join(at.dir, part), os.DirFS(filepath.Join(root, part))); err != nil {
			t.Fatal(err)
		}
	}
	r := &run{c: c, namespace: c.namespace(t, "pod-security.kubernetes.io/enforce=restricted"), name: "sample"}
	t.Cleanup(func() { r.explain(t) })
	programs := t.TempDir()
	kubectl := "kubectl" // of the test cluster
	if c.tool == "" {
		var err error
		if kubectl, err = exec.LookPath(kubectl); err != nil {
			t.Fatal(err)
		}
	}
	// The test cluster's tool starts programs at the root of the file system.
	in := strings.Join(c.command(t.Context(), "env", "-C").Args, "' '")
	script := fmt.Sprintf("#!/bin/sh\nexec '%s' \"$PWD\" '%s' --namespace '%s' \"$@\"\n", in, kubectl, r.namespace)
	if err := os.WriteFile(filepath.Join(programs, "kubectl"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	at.path = programs + ":" + filepath.Join(root, "bin") + ":" + os.Getenv("PATH")
	return at, r
}

// run runs commands, all of which must succeed, and returns what they print.
func (s shell) run(t *testing.T, commands string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", commands)
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), "PATH="+s.path, "RINGMASTER_KUBECTL=")
	out, err := output(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// overlay renders an overlay from a copy with credentials that nobody uses.
func (r *run) overlay(t *testing.T, at shell, name string) string {
	t.Helper()
	other := t.TempDir()
	if err := os.CopyFS(other, os.DirFS(filepath.Join(at.dir, "deploy", "k8s"))); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(other, "overlays", name)
	for _, secret := range []string{"seed", "token"} {
		if err := os.WriteFile(filepath.Join(folder, secret), []byte("none"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return at.run(t, "kubectl kustomize "+folder)
}

// haveModel says whether minilm is there, or may be fetched.
func haveModel(t *testing.T, at shell) bool {
	t.Helper()
	if os.Getenv("RINGMASTER_TEST_FETCH") != "" {
		return true
	}
	cmd := exec.CommandContext(t.Context(), "ringmaster", "config", "validate", "examples/sample.yaml")
	cmd.Path, cmd.Err = filepath.Join(root, "bin", "ringmaster"), nil
	cmd.Dir = at.dir
	return cmd.Run() == nil
}
