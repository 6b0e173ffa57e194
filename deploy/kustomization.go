package deploy

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// object is a part of a manifest.
type object = map[string]any

// kustomization is the run's own: what it is built on, and what it changes.
func (r *Run) kustomization() ([]byte, error) {
	k := object{
		"apiVersion": "kustomize.config.k8s.io/v1beta1",
		"kind":       "Kustomization",
		"namePrefix": r.Name + "-",
		"labels":     []object{{"pairs": object{"app.kubernetes.io/instance": r.Name}, "includeSelectors": true}},
		"resources":  []string{"../base"},
		"components": r.components(),
		"generatorOptions": object{
			"immutable": true, "labels": object{"app.kubernetes.io/name": "ringmaster"},
		},
		"secretGenerator": []object{{"name": "seed", "files": []string{"seed"}}, {"name": "token", "files": []string{"token"}}},
	}
	if r.Namespace != "" {
		k["namespace"] = r.Namespace
	}
	k["configMapGenerator"] = []object{{"name": "config", "files": []string{"run.yaml"}}}
	var images []object
	if r.CoordinatorImage != "" {
		images = append(images, image("ringmaster-coordinator", r.CoordinatorImage))
	}
	if r.WorkerImage != "" {
		images = append(images, image("ringmaster-worker", r.WorkerImage))
	}
	if images != nil {
		k["images"] = images
	}
	patches, err := r.patches()
	if err != nil {
		return nil, err
	}
	k["patches"] = patches
	return yaml.Marshal(k)
}

func (r *Run) components() []string {
	var list []string
	add := func(name string, wanted bool) {
		if wanted {
			list = append(list, "../components/"+name)
		}
	}
	add("small", r.Small)
	add("gpu", r.GPUs > 0)
	add("kueue", r.Queue != "")
	add("existing-nats", r.NATS != "")
	return list
}

// image has kustomize take ref in place of a name.
func image(name, ref string) object {
	o := object{"name": name}
	repository, digest, hasDigest := strings.Cut(ref, "@")
	colon := strings.LastIndexByte(repository, ':')
	hasTag := colon > strings.LastIndexByte(repository, '/')
	if hasTag {
		o["newTag"], repository = repository[colon+1:], repository[:colon]
	}
	if hasDigest {
		o["digest"] = digest
		delete(o, "newTag")
	}
	o["newName"] = repository
	return o
}
