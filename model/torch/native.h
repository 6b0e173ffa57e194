// What the bindings do not offer, as C functions. Each returns NULL, or a message
// that the caller frees; no C++ exception passes.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

char *rm_set_grad(void *tensor, void *grad);
char *rm_get_grad(void *tensor, void **grad);
// rm_on_grad has rmGradReady(hook) called when a pass has finished the leaf's gradient,
// and rmGradHookGone(hook) once when the hook has gone, also where this fails.
char *rm_on_grad(void *tensor, uintptr_t hook);
// mask may be NULL; *out receives a new tensor.
char *rm_attention(void *q, void *k, void *v, void *mask, double dropout, void **out);
char *rm_gelu(void *x, int tanh_approximation, void **out);
// rm_manual_seed seeds the generator of a GPU by its number, or of the CPU (-1).
char *rm_manual_seed(uint64_t seed, int gpu);
char *rm_set_threads(int n);
char *rm_get_threads(int *n);
char *rm_set_deterministic(void);
char *rm_fused_adamw(void *param, void *grad, void *exp_avg, void *exp_avg_sq, double lr, double beta1,
                     double beta2, double eps, double weight_decay, double step);
// rm_autocast turns the calling thread's automatic casts to bfloat16 on or off for the CPU
// (gpu 0) or for GPUs (1); casts of weights that it remembers go when it is turned off.
char *rm_autocast(int gpu, int on);
const char *rm_torch_version(void);

#ifdef __cplusplus
}
#endif
