package images

import (
	"os"
	"path/filepath"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// A Set is what the images of one commit are made of.
type Set struct {
	Version string    // by semver.org
	Commit  string    // abbreviated, with "-modified" where files differed from it; or "unknown"
	Date    time.Time // the commit's, which all files carry
	Root    string    // the work tree, for LICENSE and examples

	CoordinatorProgram string // `ringmaster`
	WorkerProgram      string // `ringmaster-worker`, which looks for torch in ../site-packages
	Packages           []*Package
	// TorchVersion is the release of torch that the worker was linked with; a torch that is put into its image must be the same.
	TorchVersion string
}

// finish adds licence and bill of materials.
func (s Set) finish(image *Image, materials []cdx.Component) error {
	licence, err := os.ReadFile(filepath.Join(s.Root, "LICENSE"))
	if err != nil {
		return err
	}
	if image.Bill, err = s.bill(image.Name, materials); err != nil {
		return err
	}
	last := image.Layers[len(image.Layers)-1].Files
	last["usr/share/doc/ringmaster/LICENSE"] = text(licence, 0o644)
	last[bomPath] = text(image.Bill, 0o644)
	return nil
}
