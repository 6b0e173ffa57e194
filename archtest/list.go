package archtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// A goPackage is what `go list` tells of one package; paths of ours lack the module's name.
type goPackage struct {
	Name    string
	Dir     string
	Imports []string // by its own files
	Deps    []string // everything reached, tests apart
	// TestDeps is everything its tests reach: present when it has tests.
	TestDeps []string
	CgoFiles []string
}

// listed is the part of `go list -json` that is read.
type listed struct {
	ImportPath, Name, Dir, ForTest string
	Imports, Deps, CgoFiles        []string
	Error                          *struct{ Err string }
}

// listPackages asks the go command for all packages of the module, keyed by their path
// below it. Files that need cgo are seen, though nothing is compiled.
func listPackages(ctx context.Context, root string) (map[string]*goPackage, error) {
	command := exec.CommandContext(ctx, "go", "list", "-e", "-test",
		"-json=ImportPath,Name,Dir,ForTest,Imports,Deps,CgoFiles,Error", "./...")
	command.Dir = root
	command.Env = append(os.Environ(), "CGO_ENABLED=1")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.Bytes())
	}
	packages := make(map[string]*goPackage)
	at := func(path string) *goPackage {
		path = strings.TrimPrefix(path, module+"/")
		if packages[path] == nil {
			packages[path] = &goPackage{}
		}
		return packages[path]
	}
	decoder := json.NewDecoder(bytes.NewReader(output))
	for {
		var l listed
		if err := decoder.Decode(&l); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if l.Error != nil {
			return nil, fmt.Errorf("go list: %s: %s", l.ImportPath, l.Error.Err)
		}
		if tested, isTestProgram := strings.CutSuffix(l.ImportPath, ".test"); isTestProgram {
			at(tested).TestDeps = l.Deps
			continue
		}
		if l.ForTest != "" { // the package compiled once more, with its tests
			continue
		}
		p := at(l.ImportPath)
		p.Name, p.Dir, p.Deps, p.CgoFiles = l.Name, l.Dir, l.Deps, l.CgoFiles
		p.Imports = ours(l.Imports)
	}
}

// ours keeps the imports that are of this module, without its name.
func ours(imports []string) []string {
	var kept []string
	for _, path := range imports {
		if below, ok := strings.CutPrefix(path, module+"/"); ok {
			kept = append(kept, below)
		}
	}
	return kept
}

// linksLibtorch says whether a list of dependencies reaches the libtorch binding.
func linksLibtorch(deps []string) bool {
	return slices.ContainsFunc(deps, func(path string) bool {
		path, _, _ = strings.Cut(path, " ") // "path [for.test]"
		return path == libtorchBinding || strings.HasPrefix(path, libtorchBinding+"/")
	})
}
