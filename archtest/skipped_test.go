package archtest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// wanted is what some tests skip for the want of: data and models that are not in the
// repository, and programs to compare with.
type wanted struct {
	what  string // as a person reads it, with what to do
	says  string // stands in the texts of the tests' skips
	there func() bool
}

var allWanted = []wanted{
	{"leave to fetch minilm (84 MB): RINGMASTER_TEST_FETCH=1", "RINGMASTER_TEST_FETCH", inEnvironment("RINGMASTER_TEST_FETCH")},
	{"the published corpora and lexicons, in ../shared/data", "the real ", func() bool { return exists("..", "..", "shared", "data") }},
	{"the encoder minilm: `ringmaster model fetch minilm`, or its folder in RINGMASTER_MINILM", "no MiniLM", hasMiniLM},
	{"a Python with torch and transformers to compare with, in RINGMASTER_PEER_PYTHON", "RINGMASTER_PEER_PYTHON", inEnvironment("RINGMASTER_PEER_PYTHON")},
	{"libtorch: eval \"$(setup/env.sh)\", or `make test`", "CGO_LDFLAGS", inEnvironment("CGO_LDFLAGS")},
}

func exists(parts ...string) bool {
	_, err := os.Stat(filepath.Join(parts...))
	return err == nil
}

func inEnvironment(name string) func() bool { return func() bool { return os.Getenv(name) != "" } }

func hasMiniLM() bool {
	if dir := os.Getenv("RINGMASTER_MINILM"); dir != "" {
		return exists(dir)
	}
	cache, err := os.UserCacheDir()
	return err == nil && exists(cache, "ringmaster", "models", "minilm", "config.json")
}

// skip is a call that leaves a test out, with its text.
var skip = regexp.MustCompile("\\b(?:t|b|tb)\\.Skipf?\\(([\"`].*)\\)$")

// TestWhatIsSkippedIsSaid tells whoever runs a plain `go test ./...` which tests were left out
// for want of data, models or programs: go test itself says it under -v alone.
func TestWhatIsSkippedIsSaid(t *testing.T) {
	found := map[string][]string{} // packages, by what their tests want
	for _, name := range projectFiles(t) {
		if !strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join("..", name))
		if os.IsNotExist(err) {
			continue // removed, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			call := skip.FindStringSubmatch(strings.TrimSpace(line))
			if call == nil || strings.HasPrefix(name, "archtest/") {
				continue
			}
			at := slices.IndexFunc(allWanted, func(w wanted) bool { return strings.Contains(call[1], w.says) })
			if at >= 0 {
				what := allWanted[at].what
				found[what] = append(found[what], filepath.Dir(name))
			} else if regexp.MustCompile(`(?i)corp(us|ora)|lexicon|minilm|python`).MatchString(call[1]) && !strings.HasPrefix(strings.TrimSpace(line), "b.") {
				t.Errorf("%s skips with %s: say in allWanted what it wants", name, call[1])
			}
		}
	}
	var lines []string
	for _, w := range allWanted {
		packages := slices.Compact(slices.Sorted(slices.Values(found[w.what])))
		if len(packages) == 0 {
			t.Errorf("no test skips for want of %s any more: take it out of allWanted", w.what)
		}
		if !w.there() {
			lines = append(lines, fmt.Sprintf("=== SKIP: some tests of %s want %s", strings.Join(packages, ", "), w.what))
		}
	}
	if len(lines) == 0 {
		return
	}
	text := strings.Join(lines, "\n") + "\n"
	t.Log("\n" + text)
	if err := tellGo(text); err != nil {
		t.Logf("and whoever runs go test without -v does not see it: %v", err)
	}
}

// tellGo writes to the standard error of the go command that runs this test. It keeps what
// a test that passes says to itself.
func tellGo(text string) error {
	parent := os.Getppid()
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", parent))
	if err != nil {
		return err
	}
	if strings.TrimSpace(string(name)) != "go" {
		return fmt.Errorf("the parent is no go command, but %q", strings.TrimSpace(string(name)))
	}
	f, err := os.OpenFile(fmt.Sprintf("/proc/%d/fd/2", parent), os.O_WRONLY|os.O_APPEND|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
