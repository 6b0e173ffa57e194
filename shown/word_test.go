package shown_test

import (
	"os/exec"
	"strings"
	"testing"

	"ringmaster/shown"
)

// The shell itself says what it reads.
func TestShellWord(t *testing.T) {
	for _, word := range []string{"runs/last/model", "a b", "it's", "$HOME", "", "a=b,c", "*", "-x", "zwei\nZeilen", "!x"} {
		got, err := exec.CommandContext(t.Context(), "sh", "-c", "printf %s "+shown.ShellWord(word)).Output()
		if err != nil || string(got) != word {
			t.Errorf("%q is read as %q (%v)", word, got, err)
		}
	}
	if got := shown.ShellWord("runs/a=b,c:1"); got != "runs/a=b,c:1" {
		t.Errorf("a plain word is written %s", got)
	}
}

func TestBeginning(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{{"λλλ", 3, "λλλ"}, {"λλλλ", 3, "λλλ…"}, {"", 3, ""}, {"ab", 0, "…"}} {
		if got := shown.Beginning(c.text, c.most); got != c.want {
			t.Errorf("%q of %q, want %q", got, c.text, c.want)
		}
	}
	if got := shown.Beginning(strings.Repeat("é", 300), 200); len([]rune(got)) != 201 {
		t.Errorf("%d characters", len([]rune(got)))
	}
}
