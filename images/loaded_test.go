package images

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sharedLibraries makes libraries with gcc, each needing others: name → what it needs. A program needs
// libone and looks for it in ../site-packages/torch/lib beside itself.
func sharedLibraries(t *testing.T) (dir string) {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("gcc is not installed: sudo apt install gcc")
	}
	dir = t.TempDir()
	write(t, dir, map[string]string{"empty.c": "int nothing(void) { return 0; }\n", "main.c": "int one(void); int main(void) { return one(); }\n", "one.c": "int two(void); int one(void) { return two(); }\n", "two.c": "int two(void) { return 0; }\n"})
	for _, args := range []string{
		"-shared -fPIC -nostdlib -Wl,-soname,libtwo.so.2 -o libtwo.so.2 two.c",
		"-shared -fPIC -nostdlib -o libone.so one.c libtwo.so.2 -Wl,-rpath,$ORIGIN/../../nvidia/lib",
		"-shared -fPIC -nostdlib -o libunused.so empty.c",
		"-o program main.c -L. -lone -Wl,-rpath-link,. -Wl,-rpath,$ORIGIN/../site-packages/torch/lib",
	} {
		c := exec.Command("gcc", strings.Fields(args)...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("gcc %s: %v: %s", args, err, out)
		}
	}
	return dir
}

func pooled(t *testing.T, places map[string]string) Layer {
	t.Helper()
	pool := Layer{}
	for at, file := range places {
		e, err := fileOnDisk(file, 0o755)
		if err != nil {
			t.Fatal(err)
		}
		pool[at] = e
	}
	return pool
}

// Libraries are found where the loader looks: in the program's and each library's own folders,
// through links, and then in Debian's; what nobody needs stays out.
func TestOnlyWhatIsLoadedIsTaken(t *testing.T) {
	dir := sharedLibraries(t)
	libc, err := exec.Command("gcc", "-print-file-name=libc.so.6").Output()
	if err != nil {
		t.Fatal(err)
	}
	pool := pooled(t, map[string]string{
		workerPath:                             filepath.Join(dir, "program"),
		sitePackages + "/torch/lib/libone.so":  filepath.Join(dir, "libone.so"),
		sitePackages + "/nvidia/lib/real":      filepath.Join(dir, "libtwo.so.2"),
		sitePackages + "/torch/lib/unused.so":  filepath.Join(dir, "libunused.so"),
		"usr/lib/x86_64-linux-gnu/libc.so.6":   strings.TrimSpace(string(libc)),
		"usr/lib/x86_64-linux-gnu/ld-linux.so": "/lib64/ld-linux-x86-64.so.2",
	})
	pool[sitePackages+"/nvidia/lib/libtwo.so.2"] = symlink("real")
	pool["usr/lib64/ld-linux-x86-64.so.2"] = symlink("/lib/x86_64-linux-gnu/ld-linux.so")
	// libc names the loader as a library too.
	pool["usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"] = symlink("ld-linux.so")
	used, err := loaded(pool, workerPath)
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Collect(maps.Keys(pool))
	unused := slices.DeleteFunc(all, func(name string) bool { _, in := used[name]; return in })
	if len(unused) != 1 || unused[0] != sitePackages+"/torch/lib/unused.so" {
		t.Errorf("not taken: %q", unused)
	}

	delete(pool, sitePackages+"/nvidia/lib/libtwo.so.2")
	if _, err := loaded(pool, workerPath); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "libtwo.so.2, which "+sitePackages+"/torch/lib/libone.so needs") {
		t.Errorf("without libtwo: %v", err)
	}
}

// The real worker's image has what ldd lists, and nothing else that is a library.
func TestTheWorkersLibrariesAreThoseThatLddLists(t *testing.T) {
	archive := "../bin/images/ringmaster-worker.tar"
	if _, err := os.Stat(archive); err != nil {
		t.Skip("bin/images is not built: make images")
	}
	listed, err := exec.Command("ldd", "../bin/ringmaster-worker").Output()
	if err != nil {
		t.Skipf("ldd cannot list bin/ringmaster-worker (%v): make build", err)
	}
	want := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\s*(\S*/)?(lib[^/\s]+|ld-[^/\s]+)`).FindAllStringSubmatch(string(listed), -1) {
		want[m[2]] = true
	}
	got := map[string]bool{}
	for name := range files(t, archive) {
		if sharedLibrary.MatchString(name) {
			got[filepath.Base(name)] = true
		}
	}
	for name := range want {
		if !got[name] {
			t.Errorf("%s is loaded but not in the image", name)
		}
	}
	for name := range got {
		if !want[name] && !regexp.MustCompile(`^libstdc\+\+\.so\.6\.`).MatchString(name) { // what a link leads to
			t.Errorf("%s is in the image but not loaded", name)
		}
	}
}
