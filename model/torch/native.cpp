#include "native.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/_flash_attention_forward.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/nll_loss.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <torch/headeronly/version.h>
#include <vector>

#include "guard.hpp"

extern "C" {
#include "kernels.h"
}

namespace {

// masked_here says whether dropout's masks are made by this program: for float32 in host memory. GPUs have
// generators of their own, and automatic casts would make another type of the mask.
bool masked_here(const at::Tensor &x) {
  return x.device().is_cpu() && x.scalar_type() == at::kFloat && !at::autocast::is_autocast_enabled(at::kCPU);
}

// dropout_mask is a mask for x. It takes one number of the generator that rm_manual_seed seeds.
at::Tensor dropout_mask(const at::Tensor &x, double p) {
  uint64_t key;
  {
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    std::lock_guard<std::mutex> lock(generator.mutex());
    key = at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
  }
  at::Tensor mask = at::empty(x.sizes(), x.options());
  float *at = mask.mutable_data_ptr<float>();
  const uint32_t dropped = static_cast<uint32_t>(std::min(std::llround(p * 0x1p32), 0xffffffffLL));
  const float scale = static_cast<float>(1 / (1 - p));
  at::parallel_for(0, mask.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
    rm_dropout_mask(at + begin, end - begin, begin, key, dropped, scale);
  });
  return mask;
}

at::Tensor dropped(const at::Tensor &x, double p) {
  return masked_here(x) ? x.mul(dropout_mask(x, p)) : at::dropout(x, p, /*train=*/true);
}

// attention_with_dropout is what libtorch computes on a processor where there is dropout, less its search
// for queries that may attend to nothing: a mask of keys leaves each text one token.
at::Tensor attention_with_dropout(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
                                  const std::optional<at::Tensor> &mask, double p) {
  at::Tensor scores = at::matmul(q.mul(1 / std::sqrt(static_cast<double>(q.size(-1)))), k.transpose(-2, -1));
  if (mask) {
    scores.add_(at::zeros(mask->sizes(), q.options()).masked_fill_(mask->logical_not(), -INFINITY));
  }
  return at::matmul(dropped(at::softmax(scores, -1), p), v);
}

}  // namespace

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

char *rm_dropout(void *x, double p, void **out) {
  return guarded([&] { *out = new at::Tensor(dropped(as_tensor(x), p)); });
}

char *rm_attention(void *q, void *k, void *v, void *mask, double dropout, void **out) {
  return guarded([&] {
    std::optional<at::Tensor> m;
    if (mask) m = as_tensor(mask);
    if (dropout > 0 && masked_here(as_tensor(q)) && (!m || (m->scalar_type() == at::kBool && m->size(-2) == 1))) {
      *out = new at::Tensor(attention_with_dropout(as_tensor(q), as_tensor(k), as_tensor(v), m, dropout));
      return;
    }
    *out = new at::Tensor(at::scaled_dot_product_attention(as_tensor(q), as_tensor(k), as_tensor(v), m, dropout));
  });
}

char *rm_packed_attention(void *q, void *k, void *v, void *first_query, void *first_token, int64_t most_queries,
                          int64_t most_tokens, double dropout, void **out) {
  return guarded([&] {
    auto results = at::_flash_attention_forward(as_tensor(q), as_tensor(k), as_tensor(v), as_tensor(first_query),
                                                as_tensor(first_token), most_queries, most_tokens, dropout,
                                                /*is_causal=*/false, /*return_debug_mask=*/false);
    *out = new at::Tensor(std::get<0>(results));
  });
}

char *rm_unbind(void *x, int64_t dim, int n, void **out) {
  return guarded([&] {
    std::vector<at::Tensor> parts = as_tensor(x).unbind(dim);
    TORCH_CHECK(parts.size() == static_cast<size_t>(n), parts.size(), " parts, not ", n);
    for (int i = 0; i < n; i++) out[i] = new at::Tensor(parts[i]);
  });
}

char *rm_one_hot(void *ids, int64_t n, void *like, void **out) {
  return guarded([&] {
    const at::Tensor &i = as_tensor(ids);
    *out = new at::Tensor(at::arange(n, i.options()).eq(i.unsqueeze(1)).to(as_tensor(like).scalar_type()));
  });
}

char *rm_negative_likelihood(void *log_probabilities, void *gold, void **out) {
  return guarded([&] {
    *out = new at::Tensor(at::nll_loss(as_tensor(log_probabilities), as_tensor(gold), {}, at::Reduction::None));
  });
}

char *rm_take_grads(void **leaves, int n, void **out) {
  return guarded([&] {
    std::vector<at::Tensor> parts;
    for (int i = 0; i < n; i++) {
      at::Tensor &leaf = as_tensor(leaves[i]), &grad = leaf.mutable_grad();
      parts.push_back(grad.defined() ? grad.flatten() : at::zeros_like(leaf.detach()).flatten());
      grad = at::Tensor();
    }
    *out = new at::Tensor(at::cat(parts));
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

char *rm_clipped_adamw(void **params, void **grads, void **exp_avgs, void **exp_avg_sqs, const int *ends,
                       const double *shares, const double *decays, int runs, void *gradient, void *settings,
                       void *norm_out, double beta1, double beta2, double eps, double weight_decay) {
  return guarded([&] {
    at::Tensor norm = at::linalg_vector_norm(as_tensor(gradient), 2);
    as_tensor(norm_out).copy_(norm);
    at::Tensor lr = as_tensor(settings).select(0, 0), step = as_tensor(settings).select(0, 2);
    at::Tensor bound = as_tensor(settings).select(0, 1);
    // As torch.nn.utils.clip_grad_norm_; the kernel divides gradients by the scale.
    at::Tensor scale = norm.add(1e-6).div_(bound).clamp_min_(1.0);
    at::Tensor not_finite = norm.isfinite().logical_not_().to(at::kFloat);
    for (int run = 0, begin = 0; run < runs; begin = ends[run++]) {
      std::vector<at::Tensor> p, g, m, v, steps(ends[run] - begin, step);
      for (int i = begin; i < ends[run]; i++) {
        p.push_back(as_tensor(params[i]));
        g.push_back(as_tensor(grads[i]));
        m.push_back(as_tensor(exp_avgs[i]));
        v.push_back(as_tensor(exp_avg_sqs[i]));
      }
      at::_fused_adamw_(p, g, m, v, {}, steps, shares[run] == 1 ? lr : lr.mul(shares[run]), beta1, beta2,
                        decays[run] * weight_decay, eps,
                        /*amsgrad=*/false, /*maximize=*/false, scale, not_finite);
    }
  });
}

const char *rm_torch_version(void) { return TORCH_VERSION; }

}  // extern "C"
