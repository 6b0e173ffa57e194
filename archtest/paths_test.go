package archtest

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// quoted is a word in backticks, or what a link leads to.
	quoted = regexp.MustCompile("`([^`\\s]+)`|\\]\\(([^)\\s]+)\\)")
	// goFile is a word of a comment that ends like a Go file: run/plan/deal.go.
	goFile = regexp.MustCompile(`[\w*./-]*\w\.go\b`)
	// treeLine is a line of ARCHITECTURE.md's tree of packages: names, and after two spaces a meaning.
	treeLine = regexp.MustCompile(`^( *)(\S.*?/)(?:  |$| +\S)`)
)

// A tree is the files and folders of the project, by their paths below its root.
type tree map[string]bool

func projectTree(t *testing.T) tree {
	known := tree{".": true}
	for _, name := range projectFiles(t) {
		if _, err := os.Lstat(filepath.Join("..", name)); err != nil {
			continue // removed, and not yet committed
		}
		for ; name != "."; name = path.Dir(name) {
			known[name] = true
		}
	}
	return known
}

// has says whether a path, or one that a pattern like kernels* means, is there.
func (known tree) has(name string) bool {
	if known[name] || !strings.Contains(name, "*") {
		return known[name]
	}
	for file := range known {
		if ok, err := path.Match(name, file); ok && err == nil {
			return true
		}
	}
	return false
}

// isMeant says whether a word names a place in the project: its first folder or file is there.
func (known tree) isMeant(word string) bool {
	first, below, _ := strings.Cut(word, "/")
	return below != "" && known[first] || strings.HasSuffix(word, ".go") && !strings.Contains(word, "/")
}

// below says whether a file of that name is in a folder or below it.
func (known tree) below(dir, name string) bool {
	for file := range known {
		if ok, err := path.Match(name, path.Base(file)); ok && err == nil && (dir == "." || strings.HasPrefix(file, dir+"/")) {
			return true
		}
	}
	return false
}

func TestPathsInPagesExist(t *testing.T) {
	known := projectTree(t)
	for _, page := range []string{"ARCHITECTURE.md", "CONTRIBUTING.md"} {
		checked := 0
		for number, line := range strings.Split(textOf(t, filepath.Join("..", page)), "\n") {
			for _, match := range quoted.FindAllStringSubmatch(line, -1) {
				word := strings.TrimSuffix(match[1]+match[2], "/")
				if !known.isMeant(word) {
					continue
				}
				checked++
				if !known.has(word) && (strings.Contains(word, "/") || !known.below(".", word)) {
					t.Errorf("%s:%d names %s, which does not exist", page, number+1, word)
				}
			}
		}
		if checked < 10 {
			t.Errorf("%s names %d paths: the pattern that finds them is wrong", page, checked)
		}
	}
}

// A package's documentation may name its own files, those of packages below it, and others by
// their path.
func TestFilesInPackageDocsExist(t *testing.T) {
	known := projectTree(t)
	for name := range known {
		if path.Base(name) != "doc.go" {
			continue
		}
		for number, line := range strings.Split(textOf(t, filepath.Join("..", name)), "\n") {
			if !strings.HasPrefix(line, "//") {
				continue
			}
			for _, word := range goFile.FindAllString(line, -1) {
				found := known.below(path.Dir(name), word)
				for dir := path.Dir(name); !found; dir = path.Dir(dir) {
					found = known.has(path.Join(dir, word))
					if dir == "." {
						break
					}
				}
				if !found {
					t.Errorf("%s:%d names %s, which does not exist", name, number+1, word)
				}
			}
		}
	}
}

func TestTheTreeOfPackagesIsWhole(t *testing.T) {
	_, block, _ := strings.Cut(textOf(t, "../ARCHITECTURE.md"), "## Packages\n\n```\n")
	block, _, _ = strings.Cut(block, "```")
	drawn := tree{}
	var above []string // the folder that each depth is in
	for line := range strings.Lines(block) {
		match := treeLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if match == nil {
			t.Errorf("the tree of packages has the line %q", line)
			continue
		}
		depth := len(match[1]) / 2
		if depth > len(above) {
			t.Fatalf("%q is too deep", line)
		}
		names := strings.Split(match[2], ", ")
		for _, name := range names {
			drawn[path.Join(append(slices.Clone(above[:depth]), name)...)] = true
		}
		above = append(above[:depth], names[0])
	}
	listed := packages(t)
	for place := range listed {
		if !drawn[place] {
			t.Errorf("ARCHITECTURE.md's tree of packages lacks %s", place)
		}
	}
	known := projectTree(t)
	for place := range drawn {
		if !known[place] {
			t.Errorf("ARCHITECTURE.md's tree of packages has %s, which does not exist", place)
		}
	}
}
