// No fused multiply-add where it is not written: it rounds differently.
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("O3", "fp-contract=off")
#endif

#include "kernels.h"

#include <math.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

// One body, compiled for the processor's vectors at hand. Wider vectors do not change
// the result: every element, and every lane of the sum, is computed on its own.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define VECTORS __attribute__((target_clones("avx2", "default")))
#else
#define VECTORS
#endif

enum { LANES = 16, BLOCK = 256 };

VECTORS double rm_sum_squares(const float *x, size_t n) {
  double lane[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int l = 0; l < LANES; l++) lane[l] += (double)x[i + l] * (double)x[i + l];
  for (int l = 0; i < n; i++, l++) lane[l] += (double)x[i] * (double)x[i];
  double sum = 0;
  for (int l = 0; l < LANES; l++) sum += lane[l];
  return sum;
}

// square_roots replaces x[i] by its root. Compilers keep sqrtf scalar for errno's
// sake; both forms round correctly and so agree. n is a multiple of 4.
static void square_roots(float *x, size_t n) {
  for (size_t i = 0; i < n; i += 4) {
#ifdef __SSE2__
    _mm_storeu_ps(x + i, _mm_sqrt_ps(_mm_loadu_ps(x + i)));
#else
    for (int l = 0; l < 4; l++) x[i + l] = sqrtf(x[i + l]);
#endif
  }
}

VECTORS void rm_adamw_step(float *restrict p, float *restrict g, float *restrict m, float *restrict v, size_t n,
                           const struct rm_adamw *o) {
  const struct rm_adamw c = *o;
  float root[BLOCK] = {0};
  for (size_t at = 0; at < n; at += BLOCK) {
    size_t count = n - at < BLOCK ? n - at : BLOCK;
    for (size_t i = 0; i < count; i++) {
      float grad = g[at + i] * c.grad_scale;
      m[at + i] += c.beta1_rest * (grad - m[at + i]);
      v[at + i] = v[at + i] * c.beta2 + c.beta2_rest * (grad * grad);
      root[i] = v[at + i];
      g[at + i] = 0;
    }
    square_roots(root, (count + 3) / 4 * 4);
    for (size_t i = 0; i < count; i++)
      p[at + i] = p[at + i] * c.decay - c.step_size * (m[at + i] / (root[i] / c.bias2_sqrt + c.eps));
  }
}

// The bits of an element are its number, mixed with the key by multiplications and shifts as in the finaliser
// of MurmurHash3 (Appleby): that stands the tests of chance that a mask needs, and 8 elements at a time are
// computed in place of one (libtorch's own takes the Mersenne Twister, one after another, for 10% of a step).
VECTORS void rm_dropout_mask(float *restrict mask, size_t n, uint32_t first, uint64_t key, uint32_t dropped, float scale) {
  const uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32);
  for (size_t i = 0; i < n; i++) {
    uint32_t x = (first + (uint32_t)i) ^ low;
    x = (x ^ (x >> 16)) * 0x85ebca6bu;
    x = (x ^ (x >> 13)) * 0xc2b2ae35u;
    x = (x ^ (x >> 16)) + high;
    x = (x ^ (x >> 16)) * 0x85ebca6bu;
    x = (x ^ (x >> 13)) * 0xc2b2ae35u;
    x ^= x >> 16;
    mask[i] = x < dropped ? 0 : scale;
  }
}
