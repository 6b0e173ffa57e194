package images

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A Wheel is a Python package of which libraries were taken.
type Wheel struct{ Name, Version, SHA256 string }

// A Torch is a folder as Python's site-packages, with torch/ and nvidia/ in it.
type Torch struct {
	Wheels []Wheel
	files  Layer // below sitePackages
	cuda   bool
}

// sitePackages is where the worker's program finds torch (setup/images.sh gives it that DT_RUNPATH).
const sitePackages = "opt/ringmaster/site-packages"

// OpenTorch lists the libraries of a folder with torch in it: what setup/libtorch.sh installs, or
// the site-packages of a Python with a torch for CUDA.
func OpenTorch(dir string) (*Torch, error) {
	t := &Torch{files: Layer{}}
	for _, below := range []string{"torch/lib", "nvidia", "torch/version.py"} {
		if err := t.addFrom(dir, below); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	_, t.cuda = t.files[sitePackages+"/torch/lib/libtorch_cuda.so"]
	if _, there := t.files[sitePackages+"/torch/lib/libtorch_cpu.so"]; !there {
		return nil, fmt.Errorf("%w: %s has no torch/lib/libtorch_cpu.so", ErrMissing, dir)
	}
	var err error
	if t.Wheels, err = wheels(dir); err != nil {
		return nil, err
	}
	if len(t.Wheels) == 0 {
		return nil, fmt.Errorf("%w: %s says of no package which version it is (no stamp and no torch-*.dist-info)", ErrMissing, dir)
	}
	return t, nil
}

var sharedLibrary = regexp.MustCompile(`\.so(\.[0-9]+)*$`)

// addFrom adds the libraries below a folder, and version.py, by which the worker knows a torch.
func (t *Torch) addFrom(dir, below string) error {
	return filepath.WalkDir(filepath.Join(dir, below), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !sharedLibrary.MatchString(name) && d.Name() != "version.py" {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		e, err := fileOnDisk(name, 0o755)
		if err != nil {
			return err
		}
		t.files[path.Join(sitePackages, filepath.ToSlash(rel))] = e
		return nil
	})
}

// Version is the release of torch, without what it was built for: 2.11.0 of 2.11.0+cu130.
func (t *Torch) Version() string {
	for _, w := range t.Wheels {
		if w.Name == "torch" {
			version, _, _ := strings.Cut(w.Version, "+")
			return version
		}
	}
	return ""
}

var stampLine = regexp.MustCompile(`^([A-Za-z0-9._-]+)==([^ ]+) ([0-9a-f]{64})$`)

// wheels reads which packages a folder was unpacked from: the stamp of setup/libtorch.sh, or pip's
// notes on torch and NVIDIA's libraries.
func wheels(dir string) ([]Wheel, error) {
	var found []Wheel
	stamp, err := os.ReadFile(filepath.Join(dir, "stamp"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(stamp)); lines.Scan(); {
		if m := stampLine.FindStringSubmatch(lines.Text()); m != nil {
			found = append(found, Wheel{m[1], m[2], m[3]})
		}
	}
	notes, err := filepath.Glob(filepath.Join(dir, "*.dist-info"))
	if err != nil {
		return nil, err
	}
	for _, note := range notes {
		name, version, _ := strings.Cut(strings.TrimSuffix(filepath.Base(note), ".dist-info"), "-")
		if name == "torch" || strings.HasPrefix(name, "nvidia_") {
			found = append(found, Wheel{Name: strings.ReplaceAll(name, "_", "-"), Version: version})
		}
	}
	slices.SortFunc(found, func(a, b Wheel) int { return strings.Compare(a.Name, b.Name) })
	return found, nil
}
