package e2ek8s

import (
	"encoding/json"
	"testing"
	"time"
)

// rollTheImage replaces the workers by those of another image. A Job's pods cannot be given another
// image, so a second Job starts beside the first, and the first is removed when the second's pods are ready.
func (r *run) rollTheImage(t *testing.T, times report) {
	t.Helper()
	at := time.Now()
	old := r.job(t, "worker").Metadata.Name
	var raw map[string]any
	decode(t, r.kubectl(t, "get", "job", old, "-o", "json"), &raw)
	manifest, err := json.Marshal(rolled(raw, old+"-rolled", rolledImage))
	if err != nil {
		t.Fatal(err)
	}
	r.c.apply(t, string(manifest))
	ready := func() (old, fresh int) {
		var list struct {
			Items []struct {
				pod
				Spec struct{ Containers []struct{ Image string } }
			}
		}
		decode(t, r.kubectl(t, "get", "pods", "--selector", r.selector("worker"), "-o", "json"), &list)
		for _, p := range list.Items {
			switch {
			case p.Spec.Containers[0].Image != rolledImage:
				old++
			case p.ready():
				fresh++
			}
		}
		return old, fresh
	}
	await(t, "workers of the new image", patience, func() bool { _, fresh := ready(); return fresh == 3 })
	r.kubectl(t, "delete", "job", old, "--wait=false")
	await(t, "the end of the old workers", patience, func() bool { old, _ := ready(); return old == 0 })
	r.events.awaitWorld(t, 3)
	times.add(t, "worker's image rolled: longest pause", r.events.stall(at), podKilledLimit)
}

// rolled is a Job like another, under another name and with another image, without what the cluster gave the other.
func rolled(job map[string]any, name, image string) map[string]any {
	at := func(o map[string]any, path ...string) map[string]any {
		for _, key := range path {
			o, _ = o[key].(map[string]any)
		}
		return o
	}
	spec, labels := at(job, "spec"), at(job, "metadata", "labels")
	delete(spec, "selector")
	for _, own := range []string{"controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"} {
		delete(at(spec, "template", "metadata", "labels"), own)
		delete(labels, own)
	}
	container(at(spec, "template", "spec"))["image"] = image
	return map[string]any{
		"apiVersion": "batch/v1", "kind": "Job", "spec": spec,
		"metadata": map[string]any{"name": name, "namespace": at(job, "metadata")["namespace"], "labels": labels},
	}
}
