package tools

import (
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

// Every pod keeps the Pod Security Standard restricted, by the code that a cluster admits pods with.
func TestPodsKeepTheRestrictedStandard(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for _, overlay := range overlays(t) {
		pods := 0
		for name, o := range objects(t, kustomized(t, overlay)) {
			if o["kind"] != "Job" {
				continue
			}
			pods++
			job := jobOf(t, o)
			for _, result := range evaluator.EvaluatePod(restricted, &job.Spec.Template.ObjectMeta, &job.Spec.Template.Spec) {
				if !result.Allowed {
					t.Errorf("%s: %s: %s: %s", overlay, name, result.ForbiddenReason, result.ForbiddenDetail)
				}
			}
			spec := job.Spec.Template.Spec
			if mounts := spec.AutomountServiceAccountToken; mounts == nil || *mounts {
				t.Errorf("%s: %s mounts a token of a service account", overlay, name)
			}
			for _, c := range append(spec.InitContainers, spec.Containers...) {
				if read := c.SecurityContext.ReadOnlyRootFilesystem; read == nil || !*read {
					t.Errorf("%s: %s: the root file system of %s can be written", overlay, name, c.Name)
				}
				if c.Resources.Requests.Cpu().IsZero() || c.Resources.Limits.Memory().IsZero() {
					t.Errorf("%s: %s: %s has no requests and limits", overlay, name, c.Name)
				}
			}
		}
		if pods != 2 {
			t.Errorf("%s: %d kinds of pods", overlay, pods)
		}
	}
}

// The seed is mounted by the coordinator alone, and no secret is in an environment, where other
// programs of a pod and its core dumps show it.
func TestOnlyTheCoordinatorHasTheSeed(t *testing.T) {
	for _, overlay := range overlays(t) {
		for name, o := range objects(t, kustomized(t, overlay)) {
			if o["kind"] != "Job" {
				continue
			}
			spec, secrets := jobOf(t, o).Spec.Template.Spec, []string(nil)
			for _, v := range spec.Volumes {
				if v.Secret != nil && v.Name != "bucket" {
					secrets = append(secrets, v.Name)
				}
			}
			for _, env := range spec.Containers[0].Env {
				if env.ValueFrom != nil && env.ValueFrom.SecretKeyRef != nil {
					t.Errorf("%s: %s has a secret in its environment (%s)", overlay, name, env.Name)
				}
			}
			want := "token"
			if strings.HasSuffix(name, "-coordinator") {
				want = "seed"
			}
			if len(secrets) != 1 || secrets[0] != want {
				t.Errorf("%s: %s mounts the secrets %v instead of %s", overlay, name, secrets, want)
			}
		}
	}
}

func jobOf(t *testing.T, o object) batchv1.Job {
	t.Helper()
	text, err := yaml.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var job batchv1.Job
	if err := yaml.UnmarshalStrict(text, &job); err != nil {
		t.Fatal(err)
	}
	return job
}
