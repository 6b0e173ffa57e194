package images

import (
	"fmt"
	"maps"
	"path"
	"strings"
)

// WorkerName is the name of the worker's images.
const WorkerName = "ringmaster-worker"

const workerPath = "opt/ringmaster/bin/ringmaster-worker"

// A Variant says for which devices a worker's image is; its tag ends with it.
type Variant string

// The variants.
const (
	CPU     Variant = ""            // with libtorch for CPUs
	GPU     Variant = "gpu"         // with the whole of a torch with CUDA
	Mounted Variant = "gpu-mounted" // without torch, which is mounted at /opt/ringmaster/site-packages
)

var descriptions = map[Variant]string{
	CPU:     "Trains text classifiers together with other workers, on CPUs.",
	GPU:     "Trains text classifiers together with other workers, on GPUs.",
	Mounted: "Trains text classifiers together with other workers, on GPUs; torch is mounted at /" + sitePackages + ".",
}

// gpuEnvironment tells the worker where torch is, and NVIDIA's container toolkit which of the
// driver's libraries to bring along. Which GPUs is the device plugin's to say.
var gpuEnvironment = []string{
	"RINGMASTER_TORCH=/" + sitePackages + "/torch",
	"NVIDIA_DRIVER_CAPABILITIES=compute,utility",
}

// Worker is the image of `ringmaster-worker` on a Debian of only what it loads. For the variant
// Mounted, torch tells which of Debian's libraries are needed, and is left out.
func (s Set) Worker(v Variant, torch *Torch) (*Image, error) {
	switch {
	case v == GPU && !torch.cuda:
		return nil, fmt.Errorf("%w: the torch given for GPUs has no libtorch_cuda.so", ErrMissing)
	case s.TorchVersion != "" && torch.Version() != s.TorchVersion:
		return nil, fmt.Errorf("%w: the worker needs torch %s, and the folder has torch %s: pip install --target DIR torch==%s", ErrMissing, s.TorchVersion, torch.Version(), s.TorchVersion)
	}
	modules, err := goModules(s.WorkerProgram)
	if err != nil {
		return nil, err
	}
	program, err := fileOnDisk(s.WorkerProgram, 0o755)
	if err != nil {
		return nil, err
	}
	debian, err := base(s.Packages)
	if err != nil {
		return nil, err
	}
	used, err := s.loadedByWorker(program, torch)
	if err != nil {
		return nil, err
	}
	libtorch := Layer{sitePackages: folder(0o755, 0)}
	for name, e := range used {
		switch {
		case name == workerPath:
		case !strings.HasPrefix(name, sitePackages+"/"):
			debian[name] = e
		case v != Mounted:
			libtorch[name] = e
		}
	}
	image := &Image{
		Name: WorkerName, Variant: v, Set: s,
		Title: "Ringmaster's worker", Description: descriptions[v],
		Entrypoint: []string{"/" + workerPath}, Command: []string{"join"}, Path: "/" + path.Dir(workerPath),
		Layers: []NamedLayer{
			{"Debian's libraries and CA certificates", debian},
			{"libtorch", libtorch},
			{"ringmaster-worker " + s.Version, Layer{workerPath: program}},
		},
	}
	materials := append(modules, debianComponents(s.Packages)...)
	if v != Mounted {
		materials = append(materials, wheelComponents(torch)...)
	}
	if v == GPU { // libraries of CUDA open others by name while they run
		maps.Copy(libtorch, torch.files)
	}
	if v != CPU {
		image.Environment = gpuEnvironment
	}
	return image, s.finish(image, materials)
}

// loadedByWorker is all that the worker's program loads, from Debian and from torch.
func (s Set) loadedByWorker(program entry, torch *Torch) (Layer, error) {
	pool := Layer{workerPath: program}
	for _, p := range s.Packages {
		maps.Copy(pool, p.files)
	}
	maps.Copy(pool, torch.files)
	return loaded(pool, workerPath)
}
