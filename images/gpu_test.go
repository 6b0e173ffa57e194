package images

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// gpuWorkerAndTorch makes a small worker and a small torch with CUDA, in a folder as pip fills it. The worker needs
// libtorch_cpu.so, that needs CUDA's runtime, and other libraries of torch are opened by name alone while it runs.
func gpuWorkerAndTorch(t *testing.T) (program, sitePackagesDir string) {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("=== SKIP: gcc is not installed: sudo apt install gcc")
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"site/torch/lib/.keep": "", "site/nvidia/cu13/lib/.keep": "", "site/nvidia/cudnn/lib/.keep": "",
		"site/torch/version.py":                              "__version__ = '2.11.0+cu130'\n",
		"site/torch/__init__.py":                             "raise SystemExit\n",
		"site/torch-2.11.0+cu130.dist-info/METADATA":         "Name: torch\n",
		"site/nvidia_cudnn_cu13-9.15.1.9.dist-info/METADATA": "Name: nvidia-cudnn-cu13\n",
		"site/numpy-2.3.0.dist-info/METADATA":                "Name: numpy\n",
		"runtime.c":                                          "int runtime(void) { return 0; }\n",
		"cpu.c":                                              "int runtime(void); int cpu(void) { return runtime(); }\n",
		"empty.c":                                            "int nothing(void) { return 0; }\n",
		"main.go":                                            "package main\n\n// int cpu(void);\nimport \"C\"\n\nfunc main() { println(C.cpu()) }\n",
		"go.mod":                                             "module tiny\n\ngo 1.26\n",
	})
	for _, args := range []string{
		"-shared -fPIC -nostdlib -Wl,-soname,libcudart.so.13 -o site/nvidia/cu13/lib/libcudart.so.13 runtime.c",
		"-shared -fPIC -nostdlib -o site/torch/lib/libtorch_cpu.so cpu.c site/nvidia/cu13/lib/libcudart.so.13 -Wl,-rpath,$ORIGIN/../../nvidia/cu13/lib",
		"-shared -fPIC -nostdlib -o site/torch/lib/libtorch_cuda.so empty.c",
		"-shared -fPIC -nostdlib -o site/nvidia/cudnn/lib/libcudnn_graph.so.9 empty.c",
	} {
		c := exec.Command("gcc", strings.Fields(args)...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("gcc %s: %v: %s", args, err, out)
		}
	}
	site := filepath.Join(dir, "site")
	c := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-extldflags '-Wl,-rpath,$ORIGIN/../site-packages/torch/lib'", "-o", "program", ".")
	c.Dir = dir
	c.Env = append(os.Environ(), "CGO_ENABLED=1", "GOFLAGS=", "CGO_CXXFLAGS=", "CGO_CFLAGS=",
		"CGO_LDFLAGS=-L"+site+"/torch/lib -ltorch_cpu -Wl,-rpath-link,"+site+"/nvidia/cu13/lib")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return filepath.Join(dir, "program"), site
}

// hostLibc is a Debian package in the place of base-files and libc6, with this machine's C library and loader.
func hostLibc(t *testing.T) *Package {
	t.Helper()
	files := map[string]string{}
	for name, at := range map[string]string{"libc.so.6": "usr/lib/x86_64-linux-gnu/libc.so.6", "ld-linux-x86-64.so.2": "usr/lib64/ld-linux-x86-64.so.2"} {
		path, err := exec.Command("gcc", "-print-file-name="+name).Output()
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(strings.TrimSpace(string(path)))
		if err != nil {
			t.Fatal(err)
		}
		files[at] = string(b)
	}
	files["usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"] = files["usr/lib64/ld-linux-x86-64.so.2"] // libc names it as a library too
	files["usr/lib/os-release"] = "ID=debian\n"
	return debianPackage(t, "libc6", files)
}

// The image that holds its torch has all of that folder's libraries, also those that are opened by name alone, and
// tells the worker where they are; the one for a mounted torch has none of them. Both say what they are made of.
func TestTheImagesForGPUs(t *testing.T) {
	program, site := gpuWorkerAndTorch(t)
	torch, err := OpenTorch(site)
	if err != nil {
		t.Fatal(err)
	}
	s := Set{Version: "1.2.3", Commit: "abc", Date: commitDate, Root: workTree(t), WorkerProgram: program, Packages: []*Package{authorities(t), hostLibc(t)}, TorchVersion: "2.11.0"}
	ofTorch := []string{
		sitePackages + "/nvidia/cu13/lib/libcudart.so.13", sitePackages + "/nvidia/cudnn/lib/libcudnn_graph.so.9",
		sitePackages + "/torch/lib/libtorch_cpu.so", sitePackages + "/torch/lib/libtorch_cuda.so", sitePackages + "/torch/version.py",
	}
	for variant, want := range map[Variant][]string{GPU: ofTorch, Mounted: nil} {
		image, err := s.Worker(variant, torch)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		w, err := image.Write(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		if tag := "ringmaster-worker:1.2.3-" + string(variant); w.Name != tag {
			t.Errorf("it is called %s, want %s", w.Name, tag)
		}
		archive := filepath.Join(dir, w.Archive)
		img, err := tarball.ImageFromPath(archive, nil)
		if err != nil {
			t.Fatal(err)
		}
		config, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(config.Config.Env, "RINGMASTER_TORCH=/opt/ringmaster/site-packages/torch") {
			t.Errorf("%s: the worker is not told where torch is: %q", variant, config.Config.Env)
		}
		var got []string
		for name, h := range files(t, archive) {
			if strings.HasPrefix(name, sitePackages+"/") && h.Typeflag == '0' {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s has %q, want %q", variant, got, want)
		}
		for _, wheel := range []string{"pkg:pypi/torch@2.11.0%2Bcu130", "pkg:pypi/nvidia-cudnn-cu13@9.15.1.9"} {
			if strings.Contains(string(image.Bill), wheel) != (variant == GPU) {
				t.Errorf("%s: %s is in its bill of materials: %v", variant, wheel, variant != GPU)
			}
		}
		if strings.Contains(string(image.Bill), "numpy") {
			t.Errorf("%s: its bill of materials names what is not in it", variant)
		}
	}
}

// A folder that cannot serve is refused when the image is made, not by the worker in the cluster.
func TestAnotherTorchIsRefused(t *testing.T) {
	program, site := gpuWorkerAndTorch(t)
	s := Set{Version: "1.2.3", Date: commitDate, Root: workTree(t), WorkerProgram: program, Packages: []*Package{authorities(t), hostLibc(t)}, TorchVersion: "2.10.0"}
	torch, err := OpenTorch(site)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Worker(GPU, torch); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "needs torch 2.10.0") || !strings.Contains(err.Error(), "has torch 2.11.0") {
		t.Errorf("another release: %v", err)
	}
	s.TorchVersion = "2.11.0"
	if err := os.Remove(filepath.Join(site, "torch", "lib", "libtorch_cuda.so")); err != nil {
		t.Fatal(err)
	}
	if torch, err = OpenTorch(site); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Worker(GPU, torch); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "libtorch_cuda.so") {
		t.Errorf("one for CPUs: %v", err)
	}
	if _, err := OpenTorch(t.TempDir()); !errors.Is(err, ErrMissing) {
		t.Errorf("an empty folder: %v", err)
	}
}
