// Package kubectl runs the user's own kubectl, with its configuration, context and credentials.
//
//	k := kubectl.Client{Namespace: "team"}
//	manifest, err := k.Render(ctx, dir)      // kubectl kustomize: needs no cluster
//	err = k.Apply(ctx, manifest)
//
// The program is kubectl on the PATH, or what the environment variable RINGMASTER_KUBECTL says, which may
// have arguments ("minikube kubectl --").
package kubectl
