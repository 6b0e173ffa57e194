// Package deploy describes a run as Kubernetes objects.
//
// The objects are those of k8s/base, which the program carries with it, under the components that
// a run wants (GPUs, Kueue, a NATS server that is there already). A [Run] adds what is its own:
// name, run file, inputs, images and numbers. It writes all that as a kustomize folder,
//
//	r := deploy.Run{Name: "mine", Workers: 3, RunFile: text, Seed: seed, Token: token}
//	err := r.Write(dir)          // then: kubectl kustomize dir/run
//
// which kubectl renders, so that the manifests that people apply by hand and those of `ringmaster
// k8s submit` cannot differ.
package deploy
