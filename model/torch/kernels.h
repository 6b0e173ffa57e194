// Loops over float32 vectors in host memory. They are plain C with a fixed order of
// operations and no fused multiply-add, so equal inputs give equal bits whatever the
// processor's vector width.
#pragma once
#include <stddef.h>
#include <stdint.h>

// rm_sum_squares adds up x[i]² in double precision.
double rm_sum_squares(const float *x, size_t n);

struct rm_adamw {
  float decay;       // 1 − lr·weight_decay
  float beta1_rest;  // 1 − β₁
  float beta2, beta2_rest;
  float step_size;   // lr / (1 − β₁ᵗ)
  float bias2_sqrt;  // √(1 − β₂ᵗ)
  float eps;
  float grad_scale;  // factor of the gradient, from clipping
};

// rm_adamw_step updates p, m and v from g and sets g to zero.
void rm_adamw_step(float *p, float *g, float *m, float *v, size_t n, const struct rm_adamw *o);

// rm_dropout_mask sets mask[i] to scale, or to 0 with a chance of dropped / 2³². What becomes of an element
// follows from key and first + i alone, so that parts of one mask may be made in any order. After 2³²
// elements a mask repeats itself.
void rm_dropout_mask(float *mask, size_t n, uint32_t first, uint64_t key, uint32_t dropped, float scale);
