package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"ringmaster/model/weights/tinybert"
)

// TestScripts runs the command line as a person does, one script of testdata/script a test:
//
//	go test ./cmd/ringmaster -run TestScripts/audit
//
// Besides testscript's own commands a script has those of scriptCommands, and
//
//	$SAMPLE    the run file of the project's own sample
//	$CORPORA   testdata/corpora
//	$RECORDED  what a run left, to be copied: run/audit/testdata/recorded
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "script"),
		RequireUniqueNames: true,
		Cmds:               scriptCommands,
		Setup: func(env *testscript.Env) error {
			for name, path := range map[string]string{"SAMPLE": sampleRun, "CORPORA": "testdata/corpora", "RECORDED": "../../run/audit/testdata/recorded"} {
				path, err := filepath.Abs(path)
				if err != nil {
					return err
				}
				env.Setenv(name, path)
			}
			home := filepath.Join(env.WorkDir, "home")
			env.Setenv("HOME", home)
			return os.Mkdir(home, 0o700)
		},
	})
}

var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"exits":     exits,
	"json":      jsonHas,
	"copydir":   copyDir,
	"tinymodel": tinyModel,
}

// exits CODE PROGRAM ARGS... runs a program that ends with that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// jsonHas is json FILE PATH [VALUE]: a file, or stdout, is JSON that has something at a path
// like problems.0.line, and it is VALUE.
func jsonHas(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 && len(args) != 3 {
		ts.Fatalf("usage: [!] json FILE PATH [VALUE]")
	}
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	decoder.UseNumber()
	var value any
	ts.Check(decoder.Decode(&value))
	found := true
	for step := range strings.SplitSeq(args[1], ".") {
		switch v := value.(type) {
		case map[string]any:
			value, found = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if found = err == nil && i >= 0 && i < len(v); found {
				value = v[i]
			}
		default:
			found = false
		}
		if !found {
			break
		}
	}
	text, isText := value.(string)
	if !isText {
		encoded, err := json.Marshal(value)
		ts.Check(err)
		text = string(encoded)
	}
	if found && len(args) == 3 {
		found = text == args[2]
	}
	if found == neg {
		ts.Fatalf("%s of %s is %s", args[1], args[0], text)
	}
}

// copyDir is copydir FROM TO: TO is not there before.
func copyDir(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: copydir FROM TO")
	}
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), os.DirFS(ts.MkAbs(args[0]))))
}

// tinyModel is tinymodel DIR WIDTH: the folder of a BERT of two layers, so wide.
func tinyModel(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tinymodel DIR WIDTH")
	}
	width, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(tinybert.Write(ts.MkAbs(args[0]), tinybert.Config(width)))
}
