// Kernels of our own for a GPU, compiled when they are first wanted. Functions return NULL, or a
// message that the caller frees.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// rm_kernels are fused.cu's for one GPU and one width of rows.
typedef struct rm_kernels rm_kernels;

// rm_kernels_compile compiles source, with the compiler beside libcaffe2_nvrtc in torch's lib
// folder, for the calling thread's current GPU.
char *rm_kernels_compile(const char *source, const char *lib_folder, int gpu, int64_t width, rm_kernels **out);
void rm_kernels_free(rm_kernels *kernels);

// rm_add_norm is LayerNorm(dropout(x + bias) + residual). seed is an int64 on the device; passes
// with the same seed and site drop the same.
char *rm_add_norm(rm_kernels *kernels, void *x, void *bias, void *residual, void *gamma, void *beta, void *seed,
                  int64_t site, double dropout, double eps, void **out);
// rm_bias_gelu is gelu(x + bias).
char *rm_bias_gelu(rm_kernels *kernels, void *x, void *bias, void **out);
// rm_fused_linear is x·weightᵀ + bias, as at::linear, with a faster gradient of bias.
char *rm_fused_linear(rm_kernels *kernels, void *x, void *weight, void *bias, void **out);
// rm_adamw_flat takes a step over flat float32 vectors; see the kernel adamw. classes has a byte an element; half and
// shares may be NULL.
char *rm_adamw_flat(rm_kernels *kernels, void *param, void *grad, void *exp_avg, void *exp_avg_sq, void *half,
                    void *classes, void *shares, void *settings, void *norm, double beta1, double beta2, double eps,
                    double weight_decay);
// rm_vector_norm writes the Euclidean norm of x to norm, which has one element.
char *rm_vector_norm(void *x, void *norm);

#ifdef __cplusplus
}
#endif
