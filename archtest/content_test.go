package archtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// largest is the size in bytes above which a file is data and is not read.
const largest = 1 << 20

// forbidden holds what would tie the project to one machine or one registry. Names are
// put together from halves, or this file would contain them.
var forbidden = []struct {
	pattern *regexp.Regexp
	why     string
}{
	{regexp.MustCompile(`(^|[^A-Za-z0-9_.~-])/(work|root)/`), "a path of one machine"},
	{regexp.MustCompile(strings.Join([]string{
		`pypi` + `\.(org|io)`, `pythonhosted` + `\.org`, `proxy\.golang` + `\.org`, `sum\.golang` + `\.org`,
		`goproxy` + `\.(io|cn)`, `download\.pytorch` + `\.org`, `npmjs` + `\.org`, `anaconda` + `\.org`,
		`crates` + `\.io`, `deb\.debian` + `\.org`,
	}, "|")), "a registry's host name: leave that to the user's pip, go and apt settings"},
}

func TestFilesNameNoMachineAndNoRegistry(t *testing.T) {
	for _, name := range projectFiles(t) {
		content := textOf(t, filepath.Join("..", name))
		for number, line := range strings.Split(content, "\n") {
			for _, f := range forbidden {
				if found := f.pattern.FindString(line); found != "" {
					t.Errorf("%s:%d contains %q, %s", name, number+1, strings.TrimSpace(found), f.why)
				}
			}
		}
	}
}

func TestForbiddenPatternsFindWhatTheyMean(t *testing.T) {
	for line, want := range map[string]bool{
		"cd /" + "work/main":             true,
		`path: "/` + `root/.cache"`:      true,
		"see docs/work/plan.md":          false,
		"$HOME/work/x":                   false,
		"pip install from pypi" + ".org": true,
		"golang.org/x/sync":              false,
	} {
		got := false
		for _, f := range forbidden {
			got = got || f.pattern.MatchString(line)
		}
		if got != want {
			t.Errorf("%q: found %v, want %v", line, got, want)
		}
	}
}

// projectFiles lists the files that are, or would be, under version control.
func projectFiles(t *testing.T) []string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	command.Dir = ".."
	output, err := command.Output()
	if err != nil {
		t.Skipf("git does not list this folder's files (%v): run in a clone, with git installed, to check their content", err)
	}
	names := strings.FieldsFunc(string(output), func(r rune) bool { return r == 0 })
	for _, name := range names {
		// Read for go test's cache of results alone, which then notices new files.
		if _, err := os.ReadDir(filepath.Join("..", filepath.Dir(name))); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	return names
}

// textOf reads a file; what is no text, or gone, or large, has none.
func textOf(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Lstat(path)
	if os.IsNotExist(err) || err == nil && (!info.Mode().IsRegular() || info.Size() > largest) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !utf8.Valid(content) {
		return ""
	}
	return string(content)
}
