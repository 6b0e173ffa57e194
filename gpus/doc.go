// Package gpus counts the NVIDIA GPUs that a program started here could use, without CUDA: the
// coordinator, which links none, decides by it how many workers to start. Whether the GPUs work
// is for the worker to find out.
package gpus
