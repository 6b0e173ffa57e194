package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestMain takes this package's variables out of the environment and fixes the
// seed of the property tests (unless one is given), so that the tests say the same
// on every machine. A failing property prints its values; it leaves no file.
func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("rapid.seed").Value.String() == "0" {
		if err := flag.Set("rapid.seed", "1"); err != nil {
			panic(err)
		}
	}
	if err := flag.Set("rapid.nofailfile", "true"); err != nil {
		panic(err)
	}
	for key := range plainKeys() {
		if err := os.Unsetenv(EnvName(key)); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// folder is a run's folder with the files that the scripts in testdata name.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"a.csv", "b.csv", "c.tsv", "names.txt"} {
		write(t, filepath.Join(dir, name), "")
	}
	if err := os.Mkdir(filepath.Join(dir, "teacher"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestProblems runs the scripts in testdata: a run file in, what Load says of it
// out. Lines before the file set what stands beside it: "--set KEY=VALUE",
// "--flag KEY=VALUE", "env NAME=VALUE". "part NAME" keeps lines that later cases
// of the script take in with "+NAME". Re-record with -rewrite and read the difference.
func TestProblems(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		parts := map[string]string{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "part":
				parts[d.CmdArgs[0].Key] = d.Input
				return ""
			case "load":
				return said(t, d.Input, parts)
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

func said(t *testing.T, input string, parts map[string]string) (out string) {
	var options LoadOptions
	var file []string
	t.Run("load", func(t *testing.T) {
		for line := range strings.SplitSeq(input, "\n") {
			word, rest, _ := strings.Cut(line, " ")
			key, value, _ := strings.Cut(rest, "=")
			switch {
			case word == "--set":
				options.Set = append(options.Set, rest)
			case word == "--flag":
				options.Flags = map[string]string{key: value}
			case word == "env":
				t.Setenv(key, value)
			case strings.HasPrefix(line, "+"):
				file = append(file, parts[line[1:]])
			default:
				file = append(file, line)
			}
		}
		dir := folder(t)
		path := write(t, filepath.Join(dir, "run.yaml"), strings.Join(file, "\n"))
		_, err := Load(path, options)
		out = "ok\n"
		if err != nil {
			out = strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "") + "\n"
		}
	})
	return out
}
