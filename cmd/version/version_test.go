package version

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"testing"
)

// A released heading of CHANGELOG.md: ## 0.1.0 (2026-11-26)
var released = regexp.MustCompile(`(?m)^## (\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)$`)

func TestNumberIsTheNewestReleaseOfTheChangelog(t *testing.T) {
	content, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	newest := released.FindSubmatch(content)
	if newest == nil {
		t.Fatalf("CHANGELOG.md has no heading like %q", "## 0.1.0 (2026-11-26)")
	}
	if got := string(newest[1]); got != Number {
		t.Errorf("the newest release in CHANGELOG.md is %s, and Number is %s: move both", got, Number)
	}
}

func TestCommitAndDateOfGosOwnNotes(t *testing.T) {
	for name, c := range map[string]struct {
		settings     []debug.BuildSetting
		commit, date string
	}{
		"outside a clone": {nil, "unknown", "unknown"},
		"clean": {[]debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef0123"}, {Key: "vcs.time", Value: "2026-11-26T23:30:00Z"},
			{Key: "vcs.modified", Value: "false"}}, "0123456789ab", "2026-11-26"},
		"changed since": {[]debug.BuildSetting{{Key: "vcs.modified", Value: "true"}, {Key: "vcs.revision", Value: "0123"},
			{Key: "vcs.time", Value: "yesterday"}}, "0123-modified", "unknown"},
	} {
		commit, date := fromSettings(c.settings)
		if commit != c.commit || date != c.date {
			t.Errorf("%s: commit %q of %q, want %q of %q", name, commit, date, c.commit, c.date)
		}
	}
}

// Guards the names in setup/build.sh: the linker is silent about a variable that is not there.
func TestTheLinkerSetsCommitAndDate(t *testing.T) {
	if testing.Short() {
		t.Skip("links a program; run without -short")
	}
	dir := t.TempDir()
	flags, err := exec.CommandContext(t.Context(), "bash", "../../setup/version.sh").Output()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "ringmaster")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-trimpath", "-ldflags", string(flags), "-o", program, "../ringmaster")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	output, err := exec.CommandContext(t.Context(), program, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	built := `unknown, unknown` // where git cannot tell
	if len(flags) > 0 {
		built = `[0-9a-f]{12}(-modified)?, \d{4}-\d\d-\d\d`
	}
	want := regexp.MustCompile(`^ringmaster version ` + regexp.QuoteMeta(Number) + ` \(commit ` + built + `\)\n$`)
	if !want.Match(output) {
		t.Errorf("--version says %q, want %s", output, want)
	}
}
