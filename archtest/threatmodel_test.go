package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// shownBy is a file of tests in the threat model, and the tests of it that are named.
var shownBy = regexp.MustCompile("`([^`]+_test\\.go)`((?: (?:Test|Fuzz)\\w+)+)")

// Each threat names the tests that show what stops it, and each of them is there.
func TestTheThreatModelsTestsExist(t *testing.T) {
	text, err := os.ReadFile("../docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| who") {
			continue
		}
		rows++
		named := shownBy.FindAllStringSubmatch(line, -1)
		if len(named) == 0 {
			t.Errorf("no test shows this: %.80s…", line)
		}
		for _, file := range named {
			code, err := os.ReadFile(filepath.Join("..", file[1]))
			if err != nil {
				t.Error(err)
				continue
			}
			for _, test := range strings.Fields(file[2]) {
				if !strings.Contains(string(code), "\nfunc "+test+"(") {
					t.Errorf("%s has no %s", file[1], test)
				}
			}
		}
	}
	if rows < 10 {
		t.Errorf("the table has %d rows", rows)
	}
}
