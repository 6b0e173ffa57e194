package images

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

var commitDate = time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)

// write puts files into a folder, in the order of a map: any.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// debianPackage builds a .deb with dpkg-deb, as Debian does.
func debianPackage(t *testing.T, name string, files map[string]string) *Package {
	t.Helper()
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("dpkg-deb is not installed: sudo apt install dpkg")
	}
	dir := t.TempDir()
	write(t, dir, files)
	write(t, dir, map[string]string{"DEBIAN/control": "Package: " + name + "\nVersion: 1.0-1+deb12u1\nArchitecture: amd64\nMaintainer: nobody\nDescription: for a test\n of several lines\n"})
	file := filepath.Join(t.TempDir(), name+".deb")
	if out, err := exec.Command("dpkg-deb", "--root-owner-group", "--build", dir, file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p, err := OpenPackage(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func authorities(t *testing.T) *Package {
	return debianPackage(t, "ca-certificates", map[string]string{
		"usr/share/ca-certificates/mozilla/B.crt":   "certificate b\n",
		"usr/share/ca-certificates/mozilla/A.crt":   "certificate a",
		"usr/share/doc/ca-certificates/copyright":   "free\n",
		"usr/share/doc/ca-certificates/changelog":   "long\n",
		"usr/sbin/update-ca-certificates":           "#!/bin/sh\n",
		"usr/share/ca-certificates/mozilla/ignored": "no certificate\n",
	})
}

// staticProgram compiles a Go program without libraries.
func staticProgram(t *testing.T, cgo bool) string {
	t.Helper()
	dir := t.TempDir()
	source := "package main\n\nfunc main() {}\n"
	if cgo {
		source = "package main\n\n// #include <math.h>\n// #cgo LDFLAGS: -lm\nimport \"C\"\n\nfunc main() { println(C.sqrt(2)) }\n"
	}
	write(t, dir, map[string]string{"main.go": source, "go.mod": "module tiny\n\ngo 1.26\n"})
	c := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", "program", ".")
	c.Dir = dir
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "CGO_LDFLAGS=", "CGO_CXXFLAGS=", "CGO_CFLAGS=")
	if cgo {
		c.Env = append(c.Env, "CGO_ENABLED=1")
	}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return filepath.Join(dir, "program")
}

// workTree is what the coordinator's image takes from the work tree.
func workTree(t *testing.T) string {
	dir := t.TempDir()
	write(t, dir, map[string]string{"LICENSE": "Apache\n", "examples/sample.yaml": "model: {}\n", "examples/sample/a.csv": "x,y\n", "examples/sample/b.tsv": "x\ty\n"})
	return dir
}

// files reads all files of a written image, laid over each other as an engine does.
func files(t *testing.T, archive string) map[string]*tar.Header {
	t.Helper()
	img, err := tarball.ImageFromPath(archive, nil)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*tar.Header{}
	whole := mutate.Extract(img)
	defer whole.Close()
	for in := tar.NewReader(whole); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(h.Name, "/")] = h
	}
}

// Two builds from copies of the same inputs, in other folders and with other times, are the same
// bytes; another commit is another image.
func TestTheSameInputsGiveTheSameImage(t *testing.T) {
	program := staticProgram(t, false)
	build := func(root, commit string) (Written, string) {
		s := Set{Version: "1.2.3", Commit: commit, Date: commitDate, Root: root, CoordinatorProgram: program, Packages: []*Package{authorities(t)}}
		image, err := s.Coordinator()
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		w, err := image.Write(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, w.Archive))
		if err != nil {
			t.Fatal(err)
		}
		return w, string(b)
	}
	firstRoot, secondRoot := workTree(t), workTree(t)
	long := time.Now().Add(-1000 * time.Hour)
	if err := os.Chtimes(filepath.Join(secondRoot, "examples/sample/a.csv"), long, long); err != nil {
		t.Fatal(err)
	}
	first, firstBytes := build(firstRoot, "abc")
	second, secondBytes := build(secondRoot, "abc")
	if first != second || firstBytes != secondBytes {
		t.Errorf("built twice: %+v and %+v, same bytes: %v", first, second, firstBytes == secondBytes)
	}
	if other, _ := build(firstRoot, "abd"); other.Digest == first.Digest || other.ID == first.ID {
		t.Errorf("commits abc and abd have the same image %s", first.Digest)
	}
}

// What was written is read by somebody else's reader: name, labels, user, files and owners.
func TestTheCoordinatorsImage(t *testing.T) {
	s := Set{Version: "1.2.3", Commit: "abc-modified", Date: commitDate, Root: workTree(t), CoordinatorProgram: staticProgram(t, false), Packages: []*Package{authorities(t)}}
	image, err := s.Coordinator()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	w, err := image.Write(dir, "registry.example.com/team/")
	if err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(dir, w.Archive)
	manifest, err := tarball.LoadManifest(func() (io.ReadCloser, error) { return os.Open(archive) })
	if err != nil || len(manifest) != 1 {
		t.Fatal(manifest, err)
	}
	if got := manifest[0].RepoTags; len(got) != 1 || got[0] != "registry.example.com/team/ringmaster-coordinator:1.2.3" || got[0] != w.Name {
		t.Errorf("tags %q, said %q", got, w.Name)
	}
	img, err := tarball.ImageFromPath(archive, nil)
	if err != nil {
		t.Fatal(err)
	}
	if digest, err := img.Digest(); err != nil || digest.String() != w.Digest {
		t.Errorf("a registry's client finds digest %s (%v), said %s", digest, err, w.Digest)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Config.User != "65532:65532" || config.Config.Entrypoint[0] != "/usr/local/bin/ringmaster" || config.OS != "linux" || config.Architecture != "amd64" {
		t.Errorf("config %+v", config)
	}
	for label, want := range map[string]string{"version": "1.2.3", "revision": "abc-modified", "created": "2026-11-26T00:00:00Z", "licenses": "Apache-2.0", "title": "Ringmaster's coordinator"} {
		if got := config.Config.Labels["org.opencontainers.image."+label]; got != want {
			t.Errorf("label %s is %q, want %q", label, got, want)
		}
	}
	all := files(t, archive)
	for name, h := range all {
		owner := 0
		if name == "home/nonroot" {
			owner = nobody
		}
		if h.Uid != owner || h.Gid != owner || !h.ModTime.Equal(commitDate) || h.Uname != "" {
			t.Errorf("%s: owner %d:%d %q, time %v", name, h.Uid, h.Gid, h.Uname, h.ModTime)
		}
		if strings.Contains(name, "sbin") || strings.Contains(name, "changelog") {
			t.Errorf("%s is in the image", name)
		}
	}
	for name, mode := range map[string]int64{
		"usr/local/bin/ringmaster": 0o755, "usr/share/ringmaster/examples/sample.yaml": 0o644, "usr/share/ringmaster/examples/sample/a.csv": 0o644,
		"tmp": 0o1777, "etc/ssl/certs/ca-certificates.crt": 0o644, bomPath: 0o644, "usr/share/doc/ringmaster/LICENSE": 0o644, bundleCopyright: 0o644,
	} {
		if h := all[name]; h == nil || h.Mode != mode {
			t.Errorf("%s: %+v, want mode %o", name, h, mode)
		}
	}
}

func TestCertificatesAreSorted(t *testing.T) {
	e, err := certificates([]*Package{authorities(t)})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := e.read(); err != nil || string(b) != "certificate a\ncertificate b\n" {
		t.Errorf("%q, %v", b, err)
	}
}

// The bill names the modules that Go itself notes in a program, and the packages.
func TestTheBillOfMaterials(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program") // linked from modules; a test's own program notes none
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program, "ringmaster/cmd/ringmaster-images")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	modules, err := goModules(program)
	if err != nil {
		t.Fatal(err)
	}
	s := Set{Version: "1.2.3", Date: commitDate}
	b, err := s.bill("some-image", append(modules, append(debianComponents([]*Package{authorities(t)}), wheelComponents(&Torch{Wheels: []Wheel{{"torch", "2.11.0", strings.Repeat("ab", 32)}}})...)...))
	if err != nil {
		t.Fatal(err)
	}
	var bom struct {
		BOMFormat  string
		Components []struct{ Name, Version, Purl string }
	}
	if err := json.Unmarshal(b, &bom); err != nil || bom.BOMFormat != "CycloneDX" {
		t.Fatal(err, bom.BOMFormat)
	}
	urls := map[string]bool{}
	for _, c := range bom.Components {
		urls[c.Purl] = true
	}
	for _, want := range []string{"pkg:golang/github.com/google/go-containerregistry@v0.22.1", "pkg:deb/debian/ca-certificates@1.0-1%2Bdeb12u1?arch=amd64", "pkg:pypi/torch@2.11.0"} {
		if !urls[want] {
			t.Errorf("%s is not in the bill:\n%s", want, b)
		}
	}
}

func TestADynamicProgramIsNoCoordinator(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("gcc is not installed: sudo apt install gcc")
	}
	s := Set{Version: "1.2.3", CoordinatorProgram: staticProgram(t, true), Root: workTree(t)}
	if _, err := s.Coordinator(); !errors.Is(err, ErrProgram) || !strings.Contains(err.Error(), "linked dynamically") {
		t.Errorf("%v", err)
	}
}

func TestWrongPackagesAreNamed(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"no.deb": "no archive"})
	for _, name := range []string{"no.deb", "missing.deb"} {
		if _, err := OpenPackage(context.Background(), filepath.Join(dir, name)); !errors.Is(err, ErrPackage) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Layers are read by any gzip, and their entries come folder first.
func TestALayerHasItsFolders(t *testing.T) {
	file := filepath.Join(t.TempDir(), "layer.tar.gz")
	if err := (Layer{"a/b/c": text([]byte("x"), 0o644), "a-b": symlink("a/b")}).compress(file, Set{Date: commitDate}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for in := tar.NewReader(unpacked); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
	if got := strings.Join(names, " "); got != "a/ a-b a/b/ a/b/c" {
		t.Errorf("entries %q", got)
	}
}
