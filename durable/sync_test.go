package durable_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringmaster/durable"
)

// moments are what stands under a path whenever something is brought to the disk: what a
// power cut right after it would leave of that, if of nothing else.
func moments(t *testing.T, path string) *[]string {
	t.Helper()
	var all []string
	t.Cleanup(durable.InjectSync(func(f *os.File) error {
		name, err := filepath.Rel(filepath.Dir(filepath.Dir(path)), f.Name())
		if err != nil {
			t.Error(err)
		}
		if base := filepath.Base(name); len(base) > 5 && base[:5] == durable.Prefix {
			name = filepath.Join(filepath.Dir(name), "draft")
		} else if parent := filepath.Base(filepath.Dir(name)); len(parent) > 5 && parent[:5] == durable.Prefix {
			name = filepath.Join(filepath.Dir(filepath.Dir(name)), "draft", base)
		}
		there := "nothing"
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			there = "folder with " + read(t, filepath.Join(path, "content"))
		} else if err == nil {
			there = read(t, path)
		}
		holds := ""
		if info, err := f.Stat(); err == nil && !info.IsDir() {
			holds = " holding " + read(t, f.Name())
		}
		all = append(all, name+holds+", at the place "+there)
		return f.Sync()
	}))
	return &all
}

// A file's content is on the disk before its name is, and its name before WriteFile returns.
func TestWriteFileIsOnTheDiskInOrder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	folder(t, dir, "")
	path := filepath.Join(dir, "f")
	put(t, path, "old")
	got := moments(t, path)
	if err := durable.WriteFile(path, 0o644, text("new")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"dir/draft holding new, at the place old", "dir, at the place new"}, *got); diff != "" {
		t.Error(diff)
	}
}

// A folder's files and its names are on the disk before it has its own name, and that before
// PutFolder returns; parents that are made are, too.
func TestPutFolderIsOnTheDiskInOrder(t *testing.T) {
	for name, old := range map[string]string{"a new one": "nothing", "one that is replaced": "folder with old"} {
		t.Run(name, func(t *testing.T) {
			top := filepath.Join(t.TempDir(), "top")
			folder(t, top, "")
			path := filepath.Join(top, "model")
			if old != "nothing" {
				folder(t, path, "old")
			}
			got := moments(t, path)
			draft, err := durable.NewFolder(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := durable.CreateFile(filepath.Join(draft, "content"), text("new")); err != nil {
				t.Fatal(err)
			}
			if err := durable.PutFolder(draft, path); err != nil {
				t.Fatal(err)
			}
			want := []string{
				"top/draft/content holding new, at the place " + old, "top/draft, at the place " + old, "top, at the place folder with new",
			}
			if diff := cmp.Diff(want, *got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParentsAreOnTheDisk(t *testing.T) {
	top := filepath.Join(t.TempDir(), "top")
	folder(t, top, "")
	var synced []string
	t.Cleanup(durable.InjectSync(func(f *os.File) error { synced = append(synced, f.Name()); return f.Sync() }))
	if _, err := durable.NewFolder(filepath.Join(top, "a", "b", "model")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{top, filepath.Join(top, "a")}, synced); diff != "" {
		t.Error(diff)
	}
}

// A file that is taken over under another name is on the disk under it, linked or copied.
func TestTakeFileIsOnTheDisk(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "from"), "weights")
	link(t, filepath.Join(dir, "from"), filepath.Join(dir, "pointer"))
	for from, to := range map[string]string{"from": "linked", "pointer": "copied"} {
		got := ""
		restore := durable.InjectSync(func(f *os.File) error { got += f.Name() + " " + read(t, f.Name()); return f.Sync() })
		err := durable.TakeFile(filepath.Join(dir, from), filepath.Join(dir, to))
		restore()
		if want := filepath.Join(dir, to) + " weights"; err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", to, got, err, want)
		}
	}
}

// A disk that does not take what is written is an error, wherever it says so, and the old file
// stands as long as its name was not changed.
func TestADiskThatFailsIsAnError(t *testing.T) {
	for n := range 3 {
		dir := t.TempDir()
		path := filepath.Join(dir, "model")
		calls := 0
		restore := durable.InjectSync(func(f *os.File) error {
			if calls++; calls == n+1 {
				return syscall.EIO
			}
			return f.Sync()
		})
		draft, err := durable.NewFolder(path)
		if err == nil {
			err = durable.CreateFile(filepath.Join(draft, "content"), func(w io.Writer) error { return text("new")(w) })
		}
		if err == nil {
			err = durable.PutFolder(draft, path)
		}
		restore()
		if !errors.Is(err, syscall.EIO) {
			t.Errorf("failing at sync %d: %v", n, err)
		}
		if _, there := os.Stat(path); (there == nil) != (n == 2) {
			t.Errorf("failing at sync %d: the folder is there: %v", n, there == nil)
		}
	}
}
