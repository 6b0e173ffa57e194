// Package peer holds the script that measures PyTorch's gloo beside the ring. It stands
// in the program, so that `ringmaster bench` finds it wherever it is started. The other
// scripts of this folder are run by hand; README.md lists them.
package peer

import _ "embed"

// GlooAllReduce is the text of gloo_allreduce.py, a rank's process of package
// allreduce/ringbench, for `python -c`.
//
//go:embed gloo_allreduce.py
var GlooAllReduce string
