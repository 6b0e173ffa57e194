package hostmemory

// #include "memory.h"
import "C"

import "sync"

// OneArena has all threads take memory from one pool. It is called before they do; later calls do nothing. glibc
// gives each thread a pool of its own, made of pieces of 64 MB, between which a pass's largest tensors leave holes.
// All large tensors are made by one thread, so that nobody waits for the one pool.
var OneArena = sync.OnceFunc(func() { C.rm_one_arena() })

// Release gives memory that nobody uses any more back to the system. What is needed again has to be taken anew, page by
// page, so it is for the end of a stage and not for every step.
func Release() { C.rm_trim() }
