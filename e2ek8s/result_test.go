package e2ek8s

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// passesAudit audits the run where it is, in a pod with the coordinator's image beside its volume.
func (r *run) passesAudit(t *testing.T) {
	t.Helper()
	claim, mount, dir := r.volume(t)
	var spec map[string]any
	text := fmt.Sprintf(`{
		"restartPolicy": "Never", "automountServiceAccountToken": false,
		"securityContext": {"runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
		"containers": [{"name": "audit", "image": %q, "imagePullPolicy": "IfNotPresent", "args": ["audit", "--json", %q],
			"securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}},
			"volumeMounts": [{"name": "run", "mountPath": %q, "readOnly": true}]}],
		"volumes": [{"name": "run", "persistentVolumeClaim": {"claimName": %q}}]}`,
		r.image(t, "coordinator"), dir, mount, claim)
	decode(t, text, &spec)
	name := "audit-" + r.name
	manifest, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]string{"name": name, "namespace": r.namespace}, "spec": spec})
	if err != nil {
		t.Fatal(err)
	}
	r.c.apply(t, string(manifest))
	code, said := r.ends(t, name, patience)
	var verdict struct {
		OK       bool
		Problems []string
	}
	if code != 0 || json.Unmarshal([]byte(said), &verdict) != nil || !verdict.OK {
		t.Errorf("the audit ended with %d:\n%s", code, said)
	}
}

// image is what a component's pods run.
func (r *run) image(t *testing.T, component string) string {
	t.Helper()
	return strings.TrimSpace(r.kubectl(t, "get", "job", r.job(t, component).Metadata.Name, "-o", "jsonpath={.spec.template.spec.containers[0].image}"))
}

// ranksAgree checks that the last step has a hash of the parameters, which a step gets only where all
// ranks reported the same, and that no rank was found to differ on the way.
func (r *run) ranksAgree(t *testing.T) {
	t.Helper()
	all := r.events.list()
	if last := all[len(all)-1]; last.Hash == "" || last.Step != last.Total-1 {
		t.Errorf("the last step has no hash of the parameters: %+v", last)
	}
}

// fetches brings the result to this machine.
func (r *run) fetches(t *testing.T) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "result")
	r.ringmaster(t, "fetch", r.name, "--out", out)
	for _, name := range []string{"model.safetensors", "config.json"} {
		if _, err := os.Stat(filepath.Join(out, "model", name)); err != nil {
			t.Error(err)
		}
	}
}
