#include "nccl.h"

#include <c10/core/DeviceGuard.h>
#include <c10/core/Stream.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "guard.hpp"
#include "symbols.hpp"

// What we use of NCCL's C interface, by its documentation; all of NCCL 2 has it.
namespace {

using ncclResult_t = int;  // an enum; 0 is ncclSuccess
using ncclComm_t = struct ncclComm *;
using cudaStream_t = struct CUstream_st *;
constexpr int ncclSuccess = 0;
constexpr int ncclSum = 0;      // of ncclRedOp_t
constexpr int ncclFloat32 = 7;  // of ncclDataType_t

// stream_of is the calling thread's current stream of a device. A model's gradient is complete
// when its Backward returns, so that no other thread's stream has to be waited for.
cudaStream_t stream_of(const at::Device &device) {
  c10::impl::VirtualGuardImpl guard(device.type());
  c10::Stream stream = guard.getStream(device);
  if (stream.id() == 0) return nullptr;  // the default one
  return static_cast<cudaStream_t>(guard.getStreamNativeHandle(stream));
}

}  // namespace

struct rm_nccl {
  ncclResult_t (*GetVersion)(int *version);
  const char *(*GetErrorString)(ncclResult_t result);
  ncclResult_t (*CommInitAll)(ncclComm_t *comms, int n, const int *gpus);
  ncclResult_t (*CommDestroy)(ncclComm_t comm);
  ncclResult_t (*GroupStart)(void);
  ncclResult_t (*GroupEnd)(void);
  ncclResult_t (*AllReduce)(const void *from, void *to, size_t count, int type, int op, ncclComm_t comm,
                            cudaStream_t stream);
  ncclResult_t (*Broadcast)(const void *from, void *to, size_t count, int type, int root, ncclComm_t comm,
                            cudaStream_t stream);
  std::vector<ncclComm_t> comms;

  void check(const char *call, ncclResult_t result) const {
    if (result != ncclSuccess) throw std::runtime_error(std::string(call) + ": " + GetErrorString(result));
  }
};

namespace {

std::vector<at::Tensor> tensors_of(const rm_nccl &nccl, void **tensors, int n) {
  std::vector<at::Tensor> all;
  TORCH_CHECK(n > 0 && nccl.comms.size() == static_cast<size_t>(n), n, " tensors for ", nccl.comms.size(), " devices");
  for (int i = 0; i < n; i++) {
    const at::Tensor &x = as_tensor(tensors[i]);
    TORCH_CHECK(x.scalar_type() == at::kFloat && x.is_contiguous(), "tensor ", i, " is not flat float32");
    TORCH_CHECK(x.numel() == as_tensor(tensors[0]).numel(), "tensor ", i, " has another length than the first");
    all.push_back(x);
  }
  return all;
}

// together makes one call for each tensor as a group, without which one thread would wait
// in the first device's call for the second's, and waits until all devices are done.
template <typename F>
void together(const rm_nccl &nccl, const char *name, const std::vector<at::Tensor> &tensors, F call) {
  nccl.check("ncclGroupStart", nccl.GroupStart());
  ncclResult_t result = ncclSuccess;
  for (size_t i = 0; i < tensors.size() && result == ncclSuccess; i++) {
    // A NULL stream means the default one of the device that is current.
    c10::DeviceGuard guard(tensors[i].device());
    result = call(tensors[i].data_ptr(), tensors[i].numel(), nccl.comms[i], stream_of(tensors[i].device()));
  }
  ncclResult_t ended = nccl.GroupEnd();  // also after a failure, which would else leave the group open
  nccl.check(name, result);
  nccl.check("ncclGroupEnd", ended);
  // The stream's order would do for libtorch's later kernels. Waiting makes a failure
  // this call's, and keeps whatever makes a device wait (an allocation, a host's read) from
  // coming between kernels that wait for each other.
  for (const at::Tensor &x : tensors) {
    c10::impl::VirtualGuardImpl device(x.device().type());
    device.synchronizeStream(device.getStream(x.device()));
  }
}

}  // namespace

extern "C" {

char *rm_nccl_load(const char *path, rm_nccl **out) {
  return guarded([&] {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) throw std::runtime_error(dlerror());
    try {
      auto nccl = std::make_unique<rm_nccl>();
      find_symbol(library, "it", "ncclGetVersion", nccl->GetVersion);
      find_symbol(library, "it", "ncclGetErrorString", nccl->GetErrorString);
      find_symbol(library, "it", "ncclCommInitAll", nccl->CommInitAll);
      find_symbol(library, "it", "ncclCommDestroy", nccl->CommDestroy);
      find_symbol(library, "it", "ncclGroupStart", nccl->GroupStart);
      find_symbol(library, "it", "ncclGroupEnd", nccl->GroupEnd);
      find_symbol(library, "it", "ncclAllReduce", nccl->AllReduce);
      find_symbol(library, "it", "ncclBroadcast", nccl->Broadcast);
      *out = nccl.release();
    } catch (const std::exception &e) {
      dlclose(library);
      throw std::runtime_error(std::string(path) + ": " + e.what());
    }
  });
}

// The library stays loaded: libtorch_cuda holds it too, and it may have started threads.
void rm_nccl_free(rm_nccl *nccl) { delete nccl; }

char *rm_nccl_version(rm_nccl *nccl, int *version) {
  return guarded([&] { nccl->check("ncclGetVersion", nccl->GetVersion(version)); });
}

char *rm_nccl_join(rm_nccl *nccl, const int *gpus, int n) {
  return guarded([&] {
    std::vector<ncclComm_t> comms(n);
    nccl->check("ncclCommInitAll", nccl->CommInitAll(comms.data(), n, gpus));
    nccl->comms = std::move(comms);
  });
}

char *rm_nccl_leave(rm_nccl *nccl) {
  return guarded([&] {
    ncclResult_t first = ncclSuccess;
    for (ncclComm_t comm : nccl->comms) {
      ncclResult_t result = nccl->CommDestroy(comm);
      if (first == ncclSuccess) first = result;
    }
    nccl->comms.clear();
    nccl->check("ncclCommDestroy", first);
  });
}

char *rm_nccl_sum(rm_nccl *nccl, void **tensors, int n) {
  return guarded([&] {
    together(*nccl, "ncclAllReduce", tensors_of(*nccl, tensors, n), [&](void *x, size_t count, ncclComm_t comm, cudaStream_t stream) {
      return nccl->AllReduce(x, x, count, ncclFloat32, ncclSum, comm, stream);
    });
  });
}

char *rm_nccl_spread(rm_nccl *nccl, void **tensors, int n) {
  return guarded([&] {
    together(*nccl, "ncclBroadcast", tensors_of(*nccl, tensors, n), [&](void *x, size_t count, ncclComm_t comm, cudaStream_t stream) {
      return nccl->Broadcast(x, x, count, ncclFloat32, 0, comm, stream);
    });
  });
}

}  // extern "C"
