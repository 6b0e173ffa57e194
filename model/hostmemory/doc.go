// Package hostmemory is how the C library, from which libtorch has the host's memory, keeps what was freed:
// OneArena in one pool, from the start; Release gives it back to the system, at the end of a stage. Neither changes
// what is computed. Beside model/torch it is the only package with cgo.
package hostmemory
