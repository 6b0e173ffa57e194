#include "native.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/full.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <mutex>
#include <optional>
#include <torch/headeronly/version.h>

#include "guard.hpp"

extern "C" {

char *rm_set_grad(void *tensor, void *grad) {
  return guarded([&] { as_tensor(tensor).mutable_grad() = as_tensor(grad); });
}

char *rm_get_grad(void *tensor, void **grad) {
  return guarded([&] {
    const at::Tensor &g = as_tensor(tensor).grad();
    TORCH_CHECK(g.defined(), "the tensor has no gradient");
    *grad = new at::Tensor(g);
  });
}

char *rm_attention(void *q, void *k, void *v, void *mask, double dropout, void **out) {
  return guarded([&] {
    std::optional<at::Tensor> m;
    if (mask) m = as_tensor(mask);
    *out = new at::Tensor(at::scaled_dot_product_attention(as_tensor(q), as_tensor(k), as_tensor(v), m, dropout));
  });
}

char *rm_gelu(void *x, int tanh_approximation, void **out) {
  return guarded([&] { *out = new at::Tensor(at::gelu(as_tensor(x), tanh_approximation ? "tanh" : "none")); });
}

char *rm_manual_seed(uint64_t seed, int gpu) {
  return guarded([&] {
    // at::manual_seed would seed every device, and ask about CUDA where none is used.
    at::Generator generator = gpu < 0 ? at::detail::getDefaultCPUGenerator()
                                      : at::globalContext().defaultGenerator(at::Device(at::kCUDA, gpu));
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_current_seed(seed);
  });
}

char *rm_autocast(int gpu, int on) {
  return guarded([&] {
    at::DeviceType device = gpu ? at::kCUDA : at::kCPU;
    at::autocast::set_autocast_dtype(device, at::kBFloat16);
    at::autocast::set_autocast_enabled(device, on);
    if (!on) at::autocast::clear_cache();
  });
}

char *rm_set_threads(int n) {
  return guarded([&] { at::set_num_threads(n); });
}

char *rm_get_threads(int *n) {
  return guarded([&] { *n = at::get_num_threads(); });
}

char *rm_set_deterministic(void) {
  return guarded([] {
    at::Context &context = at::globalContext();
    // Warn only: an operator without a deterministic form should still run.
    context.setDeterministicAlgorithms(true, true);
    context.setDeterministicFillUninitializedMemory(false);
    context.setDeterministicCuDNN(true);
    context.setBenchmarkCuDNN(false);
  });
}

char *rm_fused_adamw(void *param, void *grad, void *exp_avg, void *exp_avg_sq, double lr, double beta1,
                     double beta2, double eps, double weight_decay, double step) {
  return guarded([&] {
    at::Tensor p = as_tensor(param), g = as_tensor(grad), m = as_tensor(exp_avg), v = as_tensor(exp_avg_sq);
    at::Tensor steps = at::full({}, step, p.options());
    at::_fused_adamw_({p}, {g}, {m}, {v}, {}, {steps}, lr, beta1, beta2, weight_decay, eps, false, false);
  });
}

const char *rm_torch_version(void) { return TORCH_VERSION; }

}  // extern "C"
