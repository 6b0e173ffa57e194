#include "graph.h"

#include <ATen/ops/empty.h>
#include <c10/core/Stream.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <cstddef>
#include <utility>

#include "guard.hpp"
#include "symbols.hpp"

namespace {

// at::cuda::CUDAGraph of libtorch_cuda, which is loaded at run time: its methods are found by
// their names as the compiler writes them. Its header wants CUDA's headers, so its size is
// not known here; what is reserved for it is several times as much.
using pool_id = std::pair<unsigned long long, unsigned long long>;  // at::MempoolId_t
constexpr int capture_mode_thread_local = 1;  // cudaStreamCaptureModeThreadLocal

struct graph_methods {
  void (*construct)(void *graph, bool keep_graph);
  void (*destroy)(void *graph);
  void (*begin)(void *graph, pool_id pool, int mode);
  void (*end)(void *graph);
  void (*replay)(void *graph);
  pool_id (*pool)(void *graph);
};

const graph_methods &methods() {
  static const graph_methods found = [] {
    graph_methods m;
    find_symbol(RTLD_DEFAULT, "libtorch_cuda", "_ZN2at4cuda9CUDAGraphC1Eb", m.construct);
    find_symbol(RTLD_DEFAULT, "libtorch_cuda", "_ZN2at4cuda9CUDAGraphD1Ev", m.destroy);
    find_symbol(RTLD_DEFAULT, "libtorch_cuda", "_ZN2at4cuda9CUDAGraph13capture_beginESt4pairIyyE21cudaStreamCaptureMode", m.begin);
    find_symbol(RTLD_DEFAULT, "libtorch_cuda", "_ZN2at4cuda9CUDAGraph11capture_endEv", m.end);
    find_symbol(RTLD_DEFAULT, "libtorch_cuda", "_ZN2at4cuda9CUDAGraph6replayEv", m.replay);
    find_symbol(RTLD_DEFAULT, "libtorch_cuda", "_ZN2at4cuda9CUDAGraph4poolEv", m.pool);
    return m;
  }();
  return found;
}

c10::Stream current_stream(int gpu) {
  return c10::impl::VirtualGuardImpl(at::kCUDA).getStream(at::Device(at::kCUDA, gpu));
}

}  // namespace

struct rm_graph {
  rm_graph() { methods().construct(memory, false); }
  ~rm_graph() { methods().destroy(memory); }
  rm_graph(const rm_graph &) = delete;
  rm_graph &operator=(const rm_graph &) = delete;
  alignas(std::max_align_t) unsigned char memory[2048];
};

extern "C" {

char *rm_own_stream(int gpu) {
  return guarded([&] {
    c10::impl::VirtualGuardImpl cuda(at::kCUDA);
    at::Device device(at::kCUDA, gpu);
    c10::Stream before = cuda.getStream(device);
    cuda.exchangeStream(cuda.getStreamFromGlobalPool(device, false));
    before.synchronize();  // what was begun there is done before anything goes to the new one
  });
}

char *rm_synchronize(int gpu) {
  return guarded([&] { current_stream(gpu).synchronize(); });
}

char *rm_pinned(int64_t n, int kind, void **out) {
  return guarded([&] {
    auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(kind)).pinned_memory(true);
    *out = new at::Tensor(at::empty({n}, options));
  });
}

char *rm_copy_async(void *dst, void *src) {
  return guarded([&] { as_tensor(dst).copy_(as_tensor(src), /*non_blocking=*/true); });
}

char *rm_graph_begin(rm_graph *shares_pool, rm_graph **out) {
  return guarded([&] {
    pool_id pool{0, 0};
    if (shares_pool) pool = methods().pool(shares_pool->memory);
    rm_graph *graph = new rm_graph;
    try {
      methods().begin(graph->memory, pool, capture_mode_thread_local);
    } catch (...) {
      delete graph;
      throw;
    }
    *out = graph;
  });
}

char *rm_graph_end(rm_graph *graph) {
  return guarded([&] { methods().end(graph->memory); });
}

char *rm_graph_replay(rm_graph *graph) {
  return guarded([&] { methods().replay(graph->memory); });
}

void rm_graph_free(rm_graph *graph) { delete graph; }

}  // extern "C"
