package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// beProgram makes the test binary the program itself, for tests that want processes.
const beProgram = "RINGMASTER_TEST_BE_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(beProgram) != "" {
		main()
		os.Exit(0)
	}
	testscript.Main(m, map[string]func(){"ringmaster": main}) // in scripts the test binary is the program by its name
}

// sampleRun is the run file of the project's own sample.
const sampleRun = "../../examples/sample.yaml"

// expect runs the program and holds its exit code; it returns what it wrote.
func expect(t *testing.T, code int, args ...string) (out, errors string) {
	t.Helper()
	p := ringmaster(t, args...)
	if got := p.run(t); got != code {
		t.Fatalf("ringmaster %s ends with %d, want %d:\n%s", strings.Join(args, " "), got, code, p.errors.String())
	}
	return p.out.String(), p.errors.String()
}

// file writes one into a fresh folder.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
