package directory_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/run/directory"
)

func TestCheckpointComesBack(t *testing.T) {
	c := directory.OpenCheckpoints(filepath.Join(t.TempDir(), "checkpoints"))
	if _, ok, damaged, err := c.Newest("student", 1000); ok || damaged != nil || err != nil {
		t.Fatalf("newest of none: %v %v %v", ok, damaged, err)
	}
	for _, step := range []int{20, 3, 100} {
		checkpoint(t, c, step, "weights")
	}
	if diff := cmp.Diff([]int{3, 20, 100}, steps(t, c)); diff != "" {
		t.Error(diff)
	}
	cp, ok, damaged, err := c.Newest("student", 1000)
	if err != nil || !ok || len(damaged) > 0 || cp.Step != 100 {
		t.Fatalf("newest is %v %v %v %v", cp, ok, damaged, err)
	}
	f, err := cp.Open("model.bin")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := io.ReadAll(f); err != nil || string(got) != "weights" {
		t.Errorf("read %q, %v", got, err)
	}
	if _, err := cp.Open("../step-3/model.bin"); !errors.Is(err, directory.ErrFileName) {
		t.Errorf("a path out of the checkpoint: %v", err)
	}
	if err := c.Prune("student", directory.Keep{Last: 2}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{20, 100}, steps(t, c)); diff != "" {
		t.Error(diff)
	}
}

// The list of checksums is what sha256sum reads.
func TestChecksumsAreOfSha256sum(t *testing.T) {
	tool, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("SKIPPED: sha256sum is not installed, so the checksums are not compared with it")
	}
	c := directory.OpenCheckpoints(t.TempDir())
	cp := checkpoint(t, c, 1, "weights")
	cmd := exec.Command(tool, "--check", "--strict", "checksums.sha256")
	cmd.Dir = cp.Dir
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "model.bin: OK") {
		t.Errorf("%s: %v", out, err)
	}
}

func TestDamagedCheckpointsAreNamedAndPassedOver(t *testing.T) {
	for name, harm := range map[string]func(dir string) error{
		"changed byte":      func(dir string) error { return os.WriteFile(filepath.Join(dir, "model.bin"), []byte("weighty"), 0o644) },
		"cut":               func(dir string) error { return os.Truncate(filepath.Join(dir, "model.bin"), 3) },
		"missing file":      func(dir string) error { return os.Remove(filepath.Join(dir, "model.bin")) },
		"missing checksums": func(dir string) error { return os.Remove(filepath.Join(dir, "checksums.sha256")) },
		"empty checksums":   func(dir string) error { return os.Truncate(filepath.Join(dir, "checksums.sha256"), 0) },
		"cut checksums":     func(dir string) error { return os.Truncate(filepath.Join(dir, "checksums.sha256"), 90) },
	} {
		t.Run(name, func(t *testing.T) {
			c := directory.OpenCheckpoints(t.TempDir())
			checkpoint(t, c, 1, "weights")
			checkpoint(t, c, 2, "weights")
			harmed := checkpoint(t, c, 3, "weights")
			if err := harm(harmed.Dir); err != nil {
				t.Fatal(err)
			}
			cp, ok, damaged, err := c.Newest("student", 1000)
			if err != nil || !ok || cp.Step != 2 {
				t.Fatalf("newest is %v %v %v", cp, ok, err)
			}
			if len(damaged) != 1 || !errors.Is(damaged[0], directory.ErrDamaged) || !strings.Contains(damaged[0].Error(), "step-3") {
				t.Errorf("damaged: %v", damaged)
			}
			// The step comes again, and its checkpoint is whole again.
			checkpoint(t, c, 3, "weights")
			if cp, _, damaged, _ := c.Newest("student", 1000); cp.Step != 3 || damaged != nil {
				t.Errorf("newest after rewriting is %v, damaged %v", cp, damaged)
			}
		})
	}
}

func TestFailedCheckpointLeavesNoTrace(t *testing.T) {
	dir := t.TempDir()
	c := directory.OpenCheckpoints(dir)
	checkpoint(t, c, 5, "old")
	full := errors.New("disk full")
	_, err := c.Write(5, func(w *directory.CheckpointWriter) error {
		return w.File("model.bin", func(out io.Writer) error {
			_, err := io.WriteString(out, "half")
			return errors.Join(err, full)
		})
	})
	if !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]string{"step-5"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
	if got := read(t, filepath.Join(dir, "step-5", "model.bin")); got != "old" {
		t.Errorf("the old checkpoint holds %q", got)
	}
	for _, bad := range []string{"", ".", "..", "a/b", "checksums.sha256", "a\nb"} {
		_, err := c.Write(6, func(w *directory.CheckpointWriter) error {
			return w.File(bad, func(io.Writer) error { return nil })
		})
		if !errors.Is(err, directory.ErrFileName) {
			t.Errorf("file %q: %v", bad, err)
		}
	}
	if diff := cmp.Diff([]string{"step-5"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// What is not a finished checkpoint is not listed.
func TestListIgnoresOthers(t *testing.T) {
	dir := t.TempDir()
	c := directory.OpenCheckpoints(dir)
	for _, name := range []string{".tmp-step-7-123", "step-x", "step--1", "notes"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "step-9"), "a file")
	if got := steps(t, c); len(got) != 0 {
		t.Errorf("listed %v", got)
	}
}

func checkpoint(t *testing.T, c *directory.Checkpoints, step int, weights string) directory.Checkpoint {
	t.Helper()
	cp, err := c.Save(directory.Progress{Stage: "student", Steps: step, Complete: true}, keepAll, func(w *directory.CheckpointWriter) error {
		return w.File("model.bin", func(out io.Writer) error { _, err := io.WriteString(out, weights); return err })
	})
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

func steps(t testing.TB, c *directory.Checkpoints) []int {
	t.Helper()
	list, err := c.List()
	if err != nil {
		t.Fatal(err)
	}
	var out []int
	for _, cp := range list {
		out = append(out, cp.Step)
	}
	return out
}
