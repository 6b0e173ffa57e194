// Lets gotch v0.9.1 (written for libtorch 2.1) compile against libtorch 2.11.
//
// Between the two releases three operators changed their signatures. gotch wraps
// every operator, so its generated file calls all three with the old argument
// lists and nothing of it compiles. These overloads accept the old lists and
// refuse to run: Ringmaster calls none of them, and guessing at a translation
// would be worse than an error that says what happened.
#pragma once

#ifdef __cplusplus
#include <torch/torch.h>

namespace torch {

inline at::Tensor _cslt_sparse_mm(const at::Tensor&, const at::Tensor&,
                                  const at::Tensor&, bool) {
  TORCH_CHECK(false, "_cslt_sparse_mm: the signature of libtorch 2.1 is gone in 2.11");
}

inline std::tuple<at::Tensor, at::Tensor> _scaled_mm(
    const at::Tensor&, const at::Tensor&, const at::Tensor&,
    std::optional<at::ScalarType>, const at::Tensor&, const at::Tensor&,
    const at::Tensor&) {
  TORCH_CHECK(false, "_scaled_mm: the signature of libtorch 2.1 is gone in 2.11");
}

inline std::tuple<at::Tensor&, at::Tensor&> _scaled_mm_out(
    at::Tensor&, at::Tensor&, const at::Tensor&, const at::Tensor&,
    const at::Tensor&, std::optional<at::ScalarType>, const at::Tensor&,
    const at::Tensor&, const at::Tensor&) {
  TORCH_CHECK(false, "_scaled_mm_out: the signature of libtorch 2.1 is gone in 2.11");
}

}  // namespace torch
#endif
