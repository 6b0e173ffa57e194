package archtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func packages(t *testing.T) map[string]*goPackage {
	t.Helper()
	listed, err := listPackages(t.Context(), "..")
	if err != nil {
		t.Fatal(err)
	}
	if listed["config"] == nil || listed["archtest"] == nil {
		t.Fatalf("go list did not find config and archtest among %d packages", len(listed))
	}
	return listed
}

func TestImportsFollowTheTable(t *testing.T) {
	for path, p := range packages(t) {
		r, known := ruleOf(path)
		if !known {
			t.Errorf("%s has no rule in archtest/importrules.go: add a line that says what it may import", path)
			continue
		}
		for _, imported := range p.Imports {
			if !r.mayImport(imported) {
				t.Errorf("%s imports %s: %s may import only %q and itself", path, imported, r.packages, r.may)
			}
		}
	}
}

func TestOnlyTestsImportWhatStandsIn(t *testing.T) {
	listed := packages(t)
	for _, pkg := range testOnly {
		if listed[pkg] == nil {
			t.Errorf("%s is in archtest/importrules.go and nowhere else", pkg)
		}
	}
	for path, p := range listed {
		for _, imported := range p.Imports {
			if matchesAny(testOnly, imported) {
				t.Errorf("%s imports %s, which is for tests alone", path, imported)
			}
		}
	}
}

func TestOnlyTensorPackagesLinkLibtorch(t *testing.T) {
	for path, p := range packages(t) {
		if matchesAny(mayLinkLibtorch, path) {
			continue
		}
		if linksLibtorch(p.Deps) {
			t.Errorf("%s reaches %s: only %q may; run go list -deps ./%s to see how", path, libtorchBinding, mayLinkLibtorch, path)
		} else if linksLibtorch(p.TestDeps) {
			t.Errorf("the tests of %s reach %s: only %q may", path, libtorchBinding, mayLinkLibtorch)
		}
	}
}

func TestCgoStaysInItsPackage(t *testing.T) {
	for path, p := range packages(t) {
		if len(p.CgoFiles) > 0 && !matchesAny(mayUseCgo, path) {
			t.Errorf("%s imports \"C\" in %q: only %q may", path, p.CgoFiles, mayUseCgo)
		}
	}
}

func TestPackagesHaveTellingNames(t *testing.T) {
	for path, p := range packages(t) {
		for _, name := range append(strings.Split(path, "/"), p.Name) {
			if slices.Contains(vagueNames, strings.TrimSuffix(name, "_test")) {
				t.Errorf("%s (package %s): %q says nothing: name it after what it is about", path, p.Name, name)
			}
		}
	}
}

func TestPackagesAreDocumented(t *testing.T) {
	for path, p := range packages(t) {
		content, err := os.ReadFile(filepath.Join(p.Dir, "doc.go"))
		if err != nil {
			t.Errorf("%s has no doc.go: write one that says what it is, how to use it, and what it promises", path)
			continue
		}
		opening := "// Package " + p.Name + " "
		if p.Name == "main" {
			opening = "// Command " + filepath.Base(p.Dir) + " "
		}
		if !strings.HasPrefix(string(content), opening) && !strings.Contains(string(content), "\n"+opening) {
			t.Errorf("%s/doc.go has no line that begins with %q", path, opening)
		}
	}
}
