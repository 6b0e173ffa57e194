package torch

import "errors"

var (
	// ErrTorch is wrapped by every error that libtorch reports.
	ErrTorch = errors.New("libtorch")
	// ErrClosed says that a Thread was used after Close.
	ErrClosed = errors.New("the tensor thread is closed")
	// ErrNoDevice says that the device asked for is not there or cannot be used.
	ErrNoDevice = errors.New("device not available")
	// ErrNoNCCL says that the library for sums between GPUs cannot be loaded.
	ErrNoNCCL = errors.New("NCCL is not available")
	// ErrNCCL is wrapped by every error that NCCL reports.
	ErrNCCL = errors.New("NCCL")
)
