// Streams and CUDA graphs. Functions return NULL, or a message that the caller frees.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// rm_own_stream sends the calling thread's work on a GPU to a stream other than the default one.
char *rm_own_stream(int gpu);
// rm_synchronize waits until the calling thread's stream of a GPU has no work left.
char *rm_synchronize(int gpu);
// rm_pinned makes a tensor of n elements in page-locked host memory; kind is a number of libtorch's.
char *rm_pinned(int64_t n, int kind, void **out);
// rm_copy_async copies without waiting where src or dst is page-locked.
char *rm_copy_async(void *dst, void *src);

// rm_graph is a CUDA graph of libtorch's.
typedef struct rm_graph rm_graph;

// rm_graph_begin records the calling thread's work on its current stream until rm_graph_end,
// instead of doing it. Memory comes from the pool of another graph, or a new pool (NULL).
char *rm_graph_begin(rm_graph *shares_pool, rm_graph **out);
// After an error of rm_graph_end the graph must not be used, and not be freed either: the
// allocator still asks it about streams.
char *rm_graph_end(rm_graph *graph);
char *rm_graph_replay(rm_graph *graph);
void rm_graph_free(rm_graph *graph);

#ifdef __cplusplus
}
#endif
