package directory_test

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"ringmaster/durable"
	"ringmaster/run/directory"
)

// An entry of the record is on the disk when Record returns, and one that did not get there is
// an error after which nothing is recorded any more.
func TestTheRecordIsOnTheDiskBeforeAnybodyIsTold(t *testing.T) {
	d := create(t, t.TempDir())
	onDisk, fails := "", false
	t.Cleanup(durable.InjectSync(func(f *os.File) error {
		if f.Name() != d.RecordLog() {
			return f.Sync()
		}
		if fails {
			return syscall.EIO
		}
		onDisk = read(t, d.RecordLog())
		return f.Sync()
	}))
	for _, e := range story() {
		if err := d.Record(e); err != nil {
			t.Fatal(err)
		}
		if now := read(t, d.RecordLog()); now != onDisk {
			t.Fatalf("the record is %q, on the disk is %q", now, onDisk)
		}
	}
	fails = true
	for range 2 {
		err := d.Record(directory.Entry{Generation: &directory.Generation{Number: 99}})
		if !errors.Is(err, syscall.EIO) {
			t.Errorf("not on the disk: %v", err)
		}
		fails = false // the kernel says it once
	}
	closeDir(t, d)
}

// Sync brings both logs to the disk, a cut its own, and the names of new files are there before
// the first line is.
func TestTheLogsAreOnTheDisk(t *testing.T) {
	path := t.TempDir()
	onDisk := map[string]string{}
	names := 0
	t.Cleanup(durable.InjectSync(func(f *os.File) error {
		if f.Name() == path {
			names++
		} else if strings.HasSuffix(f.Name(), ".jsonl") {
			onDisk[f.Name()] = read(t, f.Name())
		}
		return f.Sync()
	}))
	d := create(t, path)
	defer closeDir(t, d)
	if names == 0 {
		t.Error("the logs' names are not on the disk")
	}
	same := func(when string) {
		t.Helper()
		for _, log := range []string{d.Events(), d.Ledger()} {
			if read(t, log) != onDisk[log] {
				t.Errorf("%s: %s is not on the disk", when, log)
			}
		}
	}
	for step := range 4 {
		commit(t, d, "student", step)
	}
	if err := d.Sync(); err != nil {
		t.Fatal(err)
	}
	same("after Sync")
	if err := d.TruncateTo("student", 2); err != nil {
		t.Fatal(err)
	}
	same("after a cut")
}
