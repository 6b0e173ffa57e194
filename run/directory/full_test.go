package directory_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ringmaster/run/directory"
)

// fullEnv makes the test binary a process that meets a full disk: "mount:DIR" makes DIR a
// file system of 2 MB, which needs a process with mounts of its own; "limit:DIR" has the
// kernel refuse files above 1 MB instead.
const fullEnv = "RUNDIR_TEST_FULL"

// cannotMount is the child's exit code where it may not mount.
const cannotMount = 77

func TestFullDisk(t *testing.T) {
	out, err := meetFullDisk(t, "mount")
	var ended *exec.ExitError
	if errors.Is(err, syscall.EPERM) || errors.As(err, &ended) && ended.ExitCode() == cannotMount {
		t.Logf("SKIPPED: no small file system can be mounted here (%v %s): a limit on the size of files stands for it, and of the logs nothing is tested", err, out)
		out, err = meetFullDisk(t, "limit")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func meetFullDisk(t *testing.T, how string) (string, error) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), fullEnv+"="+how+":"+t.TempDir())
	if how == "mount" {
		child.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
	}
	out, err := child.CombinedOutput()
	return string(out), err
}

// fullDisk is the child.
func fullDisk(how, dir string) (code int, err error) {
	if how == "limit" {
		limit := syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			return 1, err
		}
		return 1, fullCheckpoint(directory.OpenCheckpoints(filepath.Join(dir, "checkpoints")), syscall.EFBIG)
	}
	if err := syscall.Mount("full", dir, "tmpfs", 0, "size=2m"); err != nil {
		return cannotMount, err
	}
	d, err := directory.Create(filepath.Join(dir, "run"))
	if err != nil {
		return 1, err
	}
	err = errors.Join(
		fullCheckpoint(directory.OpenCheckpoints(d.Checkpoints()), syscall.ENOSPC),
		fullLogs(d, filepath.Join(dir, "filler")),
		d.Close(),
	)
	return 1, err
}

// fullCheckpoint writes a checkpoint that does not fit after one that does.
func fullCheckpoint(c *directory.Checkpoints, want error) error {
	save := func(step, size int) error {
		_, err := c.Save(directory.Progress{Stage: "student", Steps: step, Complete: true}, directory.Keep{Last: 1}, func(w *directory.CheckpointWriter) error {
			return w.File("shard-0", func(out io.Writer) error { _, err := out.Write(make([]byte, size)); return err })
		})
		return err
	}
	if err := save(10, 300<<10); err != nil {
		return err
	}
	for range 2 { // and again: nothing is left over from the first
		err := save(20, 3<<20)
		if !errors.Is(err, want) {
			return fmt.Errorf("a checkpoint that does not fit: %w", err)
		}
		for _, part := range []string{"step-20", "shard-0", "the older checkpoint step-10 is kept"} {
			if !strings.Contains(err.Error(), part) {
				return fmt.Errorf("%q does not say %q", err, part)
			}
		}
		cp, ok, damaged, err := c.Newest("student", 1000)
		if err != nil || !ok || len(damaged) > 0 || cp.Step != 10 {
			return fmt.Errorf("newest is %+v %v %v %v", cp, ok, damaged, err)
		}
		if entries, err := os.ReadDir(filepath.Dir(cp.Dir)); err != nil || len(entries) != 1 {
			return fmt.Errorf("%v is left: %v", entries, err)
		}
	}
	return save(30, 300<<10) // the run goes on
}

// fullLogs fills the disk to the last byte, and then the logs the pages that they have: the
// line that does not fit is half written.
func fullLogs(d *directory.Dir, filler string) error {
	step, generation := 0, uint64(0)
	log := func() error {
		err := d.Commit(directory.Event{Stage: "student", Step: step}, directory.LedgerEntry{Stage: "student", Step: step, Ranks: make([][]directory.ExampleID, 300)})
		if err == nil {
			step++
		}
		return err
	}
	record := func() error {
		err := d.Record(directory.Entry{Generation: &directory.Generation{Number: generation + 1, Why: strings.Repeat("why ", 100)}})
		if err == nil {
			generation++
		}
		return err
	}
	if err := errors.Join(log(), record()); err != nil {
		return err
	}
	f, err := os.Create(filler)
	if err != nil {
		return err
	}
	for size := 64 << 10; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = f.Write(bytes.Repeat([]byte{'x'}, size))
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("filling the disk: %w", err)
	}
	for err = log(); err == nil; err = log() {
	}
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), ".jsonl") {
		return fmt.Errorf("step %d: %w", step, err)
	}
	for err = record(); err == nil; err = record() {
	}
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "record.log") {
		return fmt.Errorf("generation %d: %w", generation+1, err)
	}
	check := func() error {
		r, torn, err := d.ReadRecord()
		if err != nil || torn || r.Generation != generation {
			return fmt.Errorf("the record has generation %d, torn %v: %w", r.Generation, torn, err)
		}
		if _, steps, _, err := d.Committed(); err != nil || steps != step {
			return fmt.Errorf("the logs have %d of %d steps: %w", steps, step, err)
		}
		return nil
	}
	if err := errors.Join(check(), f.Close(), os.Remove(filler)); err != nil {
		return err
	}
	if err := errors.Join(log(), record()); err != nil { // there is room again
		return err
	}
	return check()
}
