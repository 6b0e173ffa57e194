package torch

// #cgo LDFLAGS: -ldl
// #include <stdlib.h>
// #include "cuda.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"unsafe"
)

// TorchEnv names the folder of an installed torch with CUDA.
const TorchEnv = "RINGMASTER_TORCH"

var cuda struct {
	mu  sync.Mutex
	dir string // where libtorch_cuda.so came from; empty while it is not loaded
}

// EnableCUDA loads libtorch_cuda.so from an installed torch, the folder that holds
// version.py and lib. It must be called before anything asks libtorch about CUDA;
// [OpenDevice] does. A second call is allowed and does nothing.
func EnableCUDA(torchDir string) error {
	cuda.mu.Lock()
	defer cuda.mu.Unlock()
	if cuda.dir != "" {
		return nil
	}
	if err := checkTorch(torchDir); err != nil {
		return err
	}
	// cuBLAS is deterministic only with a fixed workspace, which it reads at its start.
	if os.Getenv("CUBLAS_WORKSPACE_CONFIG") == "" {
		if err := os.Setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8"); err != nil {
			return fmt.Errorf("%w: setting CUBLAS_WORKSPACE_CONFIG: %w", ErrNoDevice, err)
		}
	}
	path := C.CString(filepath.Join(torchDir, "lib", "libtorch_cuda.so"))
	defer C.free(unsafe.Pointer(path))
	if message := C.rm_load(path); message != nil {
		defer C.free(unsafe.Pointer(message))
		return fmt.Errorf("%w: loading CUDA from %s: %s", ErrNoDevice, torchDir, C.GoString(message))
	}
	cuda.dir = torchDir
	return nil
}

// torchFolder is where CUDA was loaded from.
func torchFolder() string {
	cuda.mu.Lock()
	defer cuda.mu.Unlock()
	return cuda.dir
}

var versionLine = regexp.MustCompile(`(?m)^__version__\s*=\s*['"]([0-9.]+)[^'"]*['"]`)

// checkTorch says whether a folder is a torch with CUDA of this program's version:
// loading another version's libtorch_cuda.so would end in undefined symbols.
func checkTorch(dir string) error {
	source, err := os.ReadFile(filepath.Join(dir, "version.py"))
	if err != nil {
		return fmt.Errorf("%w: %s is not an installed torch: it has no version.py", ErrNoDevice, dir)
	}
	match := versionLine.FindSubmatch(source)
	if match == nil {
		return fmt.Errorf("%w: %s does not say its version in version.py", ErrNoDevice, dir)
	}
	if v := string(match[1]); v != Version() {
		return fmt.Errorf("%w: the torch in %s is %s, this program needs %s", ErrNoDevice, dir, v, Version())
	}
	if _, err := os.Stat(filepath.Join(dir, "lib", "libtorch_cuda.so")); err != nil {
		return fmt.Errorf("%w: the torch in %s has no CUDA (lib/libtorch_cuda.so is missing)", ErrNoDevice, dir)
	}
	return nil
}

// FindTorch looks for a torch with CUDA that this program can load: the folder that
// RINGMASTER_TORCH names, else the torch of python3 or python on the PATH.
func FindTorch(ctx context.Context) (string, error) {
	if dir := os.Getenv(TorchEnv); dir != "" {
		if err := checkTorch(dir); err != nil {
			return "", fmt.Errorf("%s: %w", TorchEnv, err)
		}
		return dir, nil
	}
	// The module is located, not imported: importing takes seconds.
	const locate = `import importlib.util as u; s = u.find_spec("torch"); print(list(s.submodule_search_locations)[0] if s else "")`
	var problems []error
	for _, python := range []string{"python3", "python"} {
		answer, err := exec.CommandContext(ctx, python, "-c", locate).Output()
		dir := strings.TrimSpace(string(answer))
		switch {
		case errors.Is(err, exec.ErrNotFound):
		case err != nil:
			problems = append(problems, fmt.Errorf("%s: %w", python, err))
		case dir == "":
			problems = append(problems, fmt.Errorf("%s has no torch", python))
		default:
			err := checkTorch(dir)
			if err == nil {
				return dir, nil
			}
			problems = append(problems, err)
		}
	}
	found := "no python on the PATH"
	if len(problems) > 0 {
		found = strings.ReplaceAll(errors.Join(problems...).Error(), "\n", "; ")
	}
	return "", fmt.Errorf("%w: no torch %s with CUDA found (%s); set %s to its folder", ErrNoDevice, Version(), found, TorchEnv)
}

// driverDevices is the number of GPUs the NVIDIA driver shows, without libtorch.
func driverDevices() (int, error) {
	var n C.int
	if message := C.rm_driver_devices(&n); message != nil {
		defer C.free(unsafe.Pointer(message))
		return 0, fmt.Errorf("%w: %s", ErrNoDevice, C.GoString(message))
	}
	if n == 0 {
		return 0, fmt.Errorf("%w: the NVIDIA driver finds no GPU", ErrNoDevice)
	}
	return int(n), nil
}
