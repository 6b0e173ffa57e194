package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// programs is where TestMain built the two programs; empty when they cannot be built.
var programs string

// shared is a folder that lives as long as the test binary.
var shared string

func TestMain(m *testing.M) {
	if at := os.Getenv(serveAt); at != "" {
		os.Exit(serveNATS(at))
	}
	os.Exit(func() int {
		if os.Getenv("CGO_LDFLAGS") == "" {
			return m.Run() // every test skips and says why
		}
		dir, err := os.MkdirTemp("", "ringmaster-e2e-*")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		shared = dir
		if err := build(filepath.Join(dir, "bin")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		programs = filepath.Join(dir, "bin")
		return m.Run()
	}())
}

// build builds both programs with the flags of `make build`, so that little is compiled.
func build(bin string) error {
	for _, program := range []struct {
		name, cgo string
		flags     []string
	}{
		{"ringmaster", "0", []string{"-trimpath"}},
		{"ringmaster-worker", "1", nil},
	} {
		args := append([]string{"build", "-buildvcs=false"}, program.flags...)
		args = append(args, "-o", filepath.Join(bin, program.name), "ringmaster/cmd/"+program.name)
		c := exec.Command("go", args...)
		c.Env = append(os.Environ(), "CGO_ENABLED="+program.cgo)
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("go build %s: %w\n%s", program.name, err, out)
		}
	}
	return nil
}

// needPrograms skips where there is no libtorch to build with.
func needPrograms(t *testing.T) {
	t.Helper()
	if programs == "" {
		t.Skip("CGO_LDFLAGS is not set, so ringmaster-worker cannot be built: run `make test`, or eval \"$(setup/env.sh)\" first")
	}
}
