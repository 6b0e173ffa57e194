package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"ringmaster/shown"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTheCommandThatGoesOn(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"ringmaster", "train", "run.yaml"}, "ringmaster train run.yaml --run-dir 'runs/a b' --resume"},
		{[]string{"bin/ringmaster", "train", "--run-dir", "x", "run.yaml", "--workers", "3", "--resume"},
			"bin/ringmaster train run.yaml --workers 3 --run-dir 'runs/a b' --resume"},
		{[]string{"ringmaster", "train", "--run-dir=x", "--resume=true", "--set", "tasks.0.data.text=it's", "run.yaml"},
			`ringmaster train --set 'tasks.0.data.text=it'\''s' run.yaml --run-dir 'runs/a b' --resume`},
		{[]string{"ringmaster", "coordinator", "run.yaml", "--token", "hush", "--nats", "nats://u:hush@h:4222"},
			"ringmaster coordinator run.yaml --nats 'nats://***@h:4222' --run-dir 'runs/a b' --resume   # add the token or password that you used before"},
		{[]string{"ringmaster", "train", "r.yaml", "--token=hush", "--set", "cluster.token=hush", "--set=cluster.token=hush"},
			"ringmaster train r.yaml --run-dir 'runs/a b' --resume   # add the token or password that you used before"},
	} {
		got := resumes(c.args, "runs/a b")
		if got != c.want || strings.Contains(got, "hush") {
			t.Errorf("%q:\n%s\nwant\n%s", c.args, got, c.want)
		}
	}
	if got, want := repeats([]string{"ringmaster", "reproduce", "newsemp", "--rows", "a,b c"}), "ringmaster reproduce newsemp --rows 'a,b c'"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A shell reads back the words that were quoted.
func TestAShellReadsQuotedWordsBack(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("SKIPPED: no sh here")
	}
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[ -~\n\tä]{0,12}`), 1, 20).Draw(rt, "words")
		var line []string
		for _, w := range words {
			line = append(line, shown.ShellWord(w))
		}
		var out bytes.Buffer
		c := exec.Command(sh, "-c", `printf '%s\0' `+strings.Join(line, " "))
		c.Stdout = &out
		if err := c.Run(); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(words, strings.Split(strings.TrimSuffix(out.String(), "\x00"), "\x00")); diff != "" {
			rt.Fatal(diff)
		}
	})
}
