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
// rm_dropout is x·mask, where an element of mask is 0 with probability p and else 1 / (1 − p).
char *rm_dropout(void *x, double p, void **out);
// mask may be NULL; *out receives a new tensor.
char *rm_attention(void *q, void *k, void *v, void *mask, double dropout, void **out);
// rm_packed_attention is FlashAttention over texts that stand one after another: q is [queries,
// heads, size], k and v are [tokens, heads, size], in 16 bits on a GPU. Text i has the queries
// from first_query[i] up to first_query[i + 1], and so its tokens; most_queries and most_tokens
// are no less than what any text has. Both first_… are int32.
char *rm_packed_attention(void *q, void *k, void *v, void *first_query, void *first_token, int64_t most_queries,
                          int64_t most_tokens, double dropout, void **out);
// rm_unbind writes n handles to out, x along dim.
char *rm_unbind(void *x, int64_t dim, int n, void **out);
// rm_one_hot is [ids, n], 1 where the column is the row's id, in the type of like.
char *rm_one_hot(void *ids, int64_t n, void *like, void **out);
// rm_negative_likelihood is -log_probabilities[i, gold[i]] for each i.
char *rm_negative_likelihood(void *log_probabilities, void *gold, void **out);
// rm_take_grads removes the leaves' gradients and gives them as one flat tensor; a leaf without
// has zeros.
char *rm_take_grads(void **leaves, int n, void **out);
char *rm_gelu(void *x, int tanh_approximation, void **out);
// rm_manual_seed seeds the generator of a GPU by its number, or of the CPU (-1).
char *rm_manual_seed(uint64_t seed, int gpu);
char *rm_set_threads(int n);
char *rm_get_threads(int *n);
char *rm_set_deterministic(void);
char *rm_fused_adamw(void *param, void *grad, void *exp_avg, void *exp_avg_sq, double lr, double beta1,
                     double beta2, double eps, double weight_decay, double step);
// rm_clipped_adamw takes a step of AdamW for lists of parameters without waiting: it writes the
// norm of gradient, which the lists' gradients are views of, to norm, bounds it, and changes
// nothing where it is not finite. settings is on the device: learning rate, bound, number of the
// step. The lists are cut into runs, which end at ends: each has a share of the learning rate, and so much of
// weight_decay.
char *rm_clipped_adamw(void **params, void **grads, void **exp_avgs, void **exp_avg_sqs, const int *ends,
                       const double *shares, const double *decays, int runs, void *gradient, void *settings, void *norm, double beta1, double beta2, double eps,
                       double weight_decay);
// rm_autocast turns the calling thread's automatic casts to bfloat16 on or off for the CPU
// (gpu 0) or for GPUs (1); casts of weights that it remembers go when it is turned off.
char *rm_autocast(int gpu, int on);
const char *rm_torch_version(void);

#ifdef __cplusplus
}
#endif
