// NCCL, loaded at run time. Functions return NULL, or a message that the caller frees.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// rm_nccl is a loaded library and the communicators made with it.
typedef struct rm_nccl rm_nccl;

// rm_nccl_load loads a library by its path or name; rm_nccl_free frees what it gave.
char *rm_nccl_load(const char *library, rm_nccl **out);
void rm_nccl_free(rm_nccl *nccl);
char *rm_nccl_version(rm_nccl *nccl, int *version);

// rm_nccl_join makes a communicator for each GPU, rm_nccl_leave destroys them.
char *rm_nccl_join(rm_nccl *nccl, const int *gpus, int n);
char *rm_nccl_leave(rm_nccl *nccl);

// Both work in place on one flat float32 tensor for each communicator, in their order,
// and have ended on every device when they return.
char *rm_nccl_sum(rm_nccl *nccl, void **tensors, int n);
char *rm_nccl_spread(rm_nccl *nccl, void **tensors, int n);

#ifdef __cplusplus
}
#endif
