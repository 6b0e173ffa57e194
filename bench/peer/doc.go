// Package peer embeds the script that measures PyTorch's gloo for comparison with the ring, so
// that `ringmaster bench` does not depend on its location. The other scripts of this folder are
// run by hand; README.md lists them.
package peer

import _ "embed"

// GlooAllReduce is the text of gloo_allreduce.py for `python -c`: the process of one rank in
// package allreduce/ringbench.
//
//go:embed gloo_allreduce.py
var GlooAllReduce string
