package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The commands of docs/tutorial.md that need no fetched corpora, its blocks of sh, do what the page says, with a small
// encoder in place of the fetched one and a few steps.
func TestTutorial(t *testing.T) {
	d := newDesk(t)
	page, err := os.ReadFile(filepath.Join("..", "docs", "tutorial.md"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(d.at("examples", "sample"), os.DirFS(filepath.Join("..", "examples", "sample"))); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(d.at("bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{d.ringmaster, d.worker} {
		if err := os.Symlink(program, d.at("bin", filepath.Base(program))); err != nil {
			t.Fatal(err)
		}
	}
	ran := 0
	for _, block := range strings.Split(string(page), "```sh\n")[1:] {
		commands, _, _ := strings.Cut(block, "```")
		for line := range strings.Lines(commands) {
			line = strings.TrimSpace(line)
			switch {
			case strings.Contains(line, "ringmaster config init"):
				line += " --model ./model"
			case strings.Contains(line, "ringmaster train"), strings.Contains(line, "ringmaster compare"):
				line += " --workers 1 --set train.steps=4 --set train.batch=4 --set device=cpu"
			}
			c := exec.Command("bash", "-eo", "pipefail", "-c", line)
			c.Dir, c.Env = d.dir, d.env()
			out, err := c.CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v\n%s", line, err, out)
			}
			ran++
			if strings.Contains(line, "echo ") && !strings.Contains(string(out), `"empathy"`) {
				t.Errorf("%s answers in the file's numbers, not by the edited names:\n%s", line, out)
			}
		}
	}
	if ran < 12 {
		t.Errorf("%d commands were found", ran)
	}
	for file, rows := range map[string]int{"answers.jsonl": 1200, "all.jsonl": 2400} {
		text, err := os.ReadFile(d.at(file))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n != rows {
			t.Errorf("%s has %d lines, want %d", file, n, rows)
		}
	}
	for _, name := range []string{"config.json", "tokenizer.json", "README.md"} {
		if _, err := os.Stat(d.at("essays-model", name)); err != nil {
			t.Error(err)
		}
	}
}
