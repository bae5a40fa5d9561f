#pragma once

#include <torch/types.h>

#include "model/kernels/gemm.h"

namespace sweepformer::model {

/// A matrix that lies densely.
template <typename Number>
View<Number> ViewOf(const torch::Tensor& matrix) {
  return {matrix.data_ptr<Number>(), matrix.size(1)};
}

// c = a b, or c + a b, by Gemm: the same call for operands of float32 and of bfloat16.

inline void Multiply(const GemmShape& shape, const MatrixView& a, const MatrixView& b, bool add,
                     float* c, std::int64_t c_stride) {
  Gemm(shape, 1, a, b, add ? 1 : 0, c, c_stride);
}

template <typename Number>
void Multiply(const GemmShape& shape, const HalfView& a, const HalfView& b, bool add, Number* c,
              std::int64_t c_stride) {
  Gemm(shape, a, b, {.result = add}, c, c_stride);
}

}  // namespace sweepformer::model
