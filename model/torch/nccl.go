package torch

// #include <stdlib.h>
// #include "nccl.h"
import "C"

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unsafe"
)

const ncclName = "libnccl.so.2"

// Group sums float32 tensors over the GPUs of this process by NCCL, the library that an
// installed torch with CUDA brings. Its owner closes it; its operators take turns. (Its
// calls are tested against a stand-in; it has not been run on GPUs yet.)
type Group struct {
	c       *C.rm_nccl
	library string
}

// OpenGroup loads NCCL and makes a communicator for each device, which differ. Without
// names of libraries it takes the NCCL that libtorch_cuda has loaded, else the system's,
// else the one beside the installed torch. It fails with [ErrNoNCCL] where none can
// be loaded, with [ErrNCCL] where it cannot use the devices.
func OpenGroup(devices []Device, libraries ...string) (*Group, error) {
	if len(libraries) == 0 {
		cuda.mu.Lock()
		libraries = ncclLibraries(cuda.dir)
		cuda.mu.Unlock()
	}
	g, err := loadNCCL(libraries)
	if err != nil {
		return nil, err
	}
	gpus := make([]C.int, len(devices))
	for i, d := range devices {
		gpus[i] = C.int(d.index)
	}
	if err := takeMessageAs(ErrNCCL, C.rm_nccl_join(g.c, unsafe.SliceData(gpus), C.int(len(gpus)))); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", g.library, err), g.Close())
	}
	return g, nil
}

// ncclLibraries is where to look for NCCL, given the folder of an installed torch or "".
func ncclLibraries(torchDir string) []string {
	// A name without a folder is first compared with what is loaded already.
	libraries := []string{ncclName}
	if torchDir != "" {
		libraries = append(libraries, filepath.Join(torchDir, "..", "nvidia", "nccl", "lib", ncclName))
	}
	return libraries
}

// loadNCCL loads the first of the libraries that is one, for no device yet.
func loadNCCL(libraries []string) (*Group, error) {
	var problems []string
	for _, library := range libraries {
		g := &Group{library: library}
		path := C.CString(library)
		err := takeMessageAs(ErrNoNCCL, C.rm_nccl_load(path, &g.c))
		C.free(unsafe.Pointer(path))
		if err == nil {
			return g, nil
		}
		problems = append(problems, strings.TrimPrefix(err.Error(), ErrNoNCCL.Error()+": "))
	}
	return nil, fmt.Errorf("%w: %s", ErrNoNCCL, strings.Join(problems, "; "))
}

// Version is the library's version, as "2.28.9".
func (g *Group) Version() (string, error) {
	if g.c == nil {
		return "", fmt.Errorf("%w: the group is closed", ErrNCCL)
	}
	var v C.int
	if err := takeMessageAs(ErrNCCL, C.rm_nccl_version(g.c, &v)); err != nil {
		return "", err
	}
	major := 10000
	if v < 10000 {
		major = 1000 // as versions were written before 2.9
	}
	return fmt.Sprintf("%d.%d.%d", int(v)/major, int(v)%major/100, int(v)%100), nil
}

// Close destroys the communicators. Closing twice, or nil, does nothing.
func (g *Group) Close() error {
	if g == nil || g.c == nil {
		return nil
	}
	err := takeMessageAs(ErrNCCL, C.rm_nccl_leave(g.c))
	C.rm_nccl_free(g.c)
	g.c = nil
	return err
}

// GroupAllReduce leaves in each tensor, one on each of the group's devices, the sum of all,
// the same to the bit. They are flat and equally long.
func (s *Scope) GroupAllReduce(g *Group, tensors []*Tensor) {
	s.together("sum over devices", g, tensors, func(all *unsafe.Pointer, n C.int) *C.char { return C.rm_nccl_sum(g.c, all, n) })
}

// GroupBroadcast copies the first tensor to the others, under the rules of GroupAllReduce.
func (s *Scope) GroupBroadcast(g *Group, tensors []*Tensor) {
	s.together("spread over devices", g, tensors, func(all *unsafe.Pointer, n C.int) *C.char { return C.rm_nccl_spread(g.c, all, n) })
}

func (s *Scope) together(name string, g *Group, tensors []*Tensor, call func(all *unsafe.Pointer, n C.int) *C.char) {
	if s.err != nil {
		return
	}
	if g.c == nil {
		s.Fail(fmt.Errorf("%s: %w: the group is closed", name, ErrNCCL))
		return
	}
	all := make([]unsafe.Pointer, len(tensors))
	for i, x := range tensors {
		all[i] = unsafe.Pointer(x.ptr())
	}
	if err := takeMessageAs(ErrNCCL, call(unsafe.SliceData(all), C.int(len(all)))); err != nil {
		s.Fail(fmt.Errorf("%s: %w", name, err))
	}
}
