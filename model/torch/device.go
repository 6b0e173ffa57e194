package torch

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	lib "github.com/sugarme/gotch/libtch"
)

const cpuIndex = -1

// Device is where tensors live. [CPU] is the host; others come from [OpenDevice].
type Device struct {
	index int // cpuIndex, or the GPU's number
	why   string
}

// CPU is the host's processor and memory.
var CPU = Device{index: cpuIndex, why: "requested"}

// String is "cpu" or "cuda:N".
func (d Device) String() string {
	if d.index == cpuIndex {
		return "cpu"
	}
	return "cuda:" + strconv.Itoa(d.index)
}

// Describe says in a line which device it is and why it was chosen.
func (d Device) Describe() string { return d.String() + ": " + d.why }

// OnHost says whether tensors of the device lie in host memory.
func (d Device) OnHost() bool { return d.index == cpuIndex }

func (d Device) c() int32 { return int32(d.index) }

// OpenDevice makes a device usable by its name: "cpu", "cuda", "cuda:N", or "auto"
// (also ""), which is the first GPU where the machine has an NVIDIA driver and a torch
// with CUDA, else the CPU. Asking for a GPU that cannot be used is [ErrNoDevice].
func OpenDevice(ctx context.Context, name string) (Device, error) {
	switch {
	case name == "cpu":
		return CPU, nil
	case name == "" || name == "auto":
		d, err := openGPU(ctx, 0)
		if err != nil {
			return Device{index: cpuIndex, why: "no GPU can be used (" + strings.TrimPrefix(err.Error(), ErrNoDevice.Error()+": ") + ")"}, nil
		}
		return d, nil
	case name == "cuda":
		return openGPU(ctx, 0)
	}
	if number, ok := strings.CutPrefix(name, "cuda:"); ok {
		if i, err := strconv.Atoi(number); err == nil && i >= 0 {
			return openGPU(ctx, i)
		}
	}
	return Device{}, fmt.Errorf("%w: %q is not a device; give auto, cpu, cuda or cuda:N", ErrNoDevice, name)
}

func openGPU(ctx context.Context, index int) (Device, error) {
	count, err := driverDevices()
	if err != nil {
		return Device{}, err
	}
	if index >= count {
		return Device{}, fmt.Errorf("%w: cuda:%d was requested, but the machine has %d GPU(s), counted from 0", ErrNoDevice, index, count)
	}
	dir, err := FindTorch(ctx)
	if err != nil {
		return Device{}, err
	}
	if err := EnableCUDA(dir); err != nil {
		return Device{}, err
	}
	// Only now may libtorch be asked: it remembers the answer.
	if usable := int(lib.AtcCudaDeviceCount()); index >= usable {
		return Device{}, fmt.Errorf("%w: cuda:%d was requested, but the torch in %s can use %d GPU(s)", ErrNoDevice, index, dir, usable)
	}
	if err := SetDeterministic(); err != nil {
		return Device{}, err
	}
	return Device{index: index, why: "NVIDIA driver found, CUDA loaded from " + dir}, nil
}
