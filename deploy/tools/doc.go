// Package tools holds the manifests against the tools that clusters check them with: the schema of the
// Kubernetes API, the Pod Security Standards, a policy linter, and Helm beside kustomize.
//
// It is a module of its own, so that the product depends on none of them. `make test` runs it where
// its modules can be had, and says so where not.
package tools
