package deploy

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
)

// manifests are k8s/base and k8s/components, as they are in the repository.
//
//go:embed k8s/base k8s/components
var manifests embed.FS

// writeManifests copies base and components into dir.
func writeManifests(dir string) error {
	tree, err := fs.Sub(manifests, "k8s")
	if err == nil {
		err = os.CopyFS(dir, tree)
	}
	if err != nil {
		return fmt.Errorf("write the manifests: %w", err)
	}
	return nil
}
