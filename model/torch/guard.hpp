// How C++ is called from Go: no exception passes, and tensors arrive as void pointers.
#pragma once
#include <ATen/core/Tensor.h>
#include <cstring>
#include <exception>

// guarded runs f and returns NULL, or the message of what f threw, which the caller frees.
template <typename F>
char *guarded(F f) {
  try {
    f();
    return nullptr;
  } catch (const std::exception &e) {
    return strdup(e.what());
  } catch (...) {
    return strdup("unknown C++ exception");
  }
}

inline at::Tensor &as_tensor(void *p) { return *static_cast<at::Tensor *>(p); }
