#pragma once

#include <cstdint>

namespace sweepformer::model {

/// A matrix in memory: rows that lie `stride` numbers apart, of numbers that lie side by side.
struct MatrixView {
  const float* numbers;
  std::int64_t stride;
  bool transposed = false;  ///< whether it stands for its transpose

  MatrixView Transposed() const { return {numbers, stride, !transposed}; }
};

/// c = factor · a b + keep · c of float32 by oneDNN, which at the shapes of attention models is
/// faster than OpenBLAS (tools/bench/kernel_bench.cc). c is [rows, columns], a [rows, inner],
/// b [inner, columns]. On as many threads as LibTorch computes on; on one within a parallel region.
struct GemmShape {
  std::int64_t rows, columns, inner;
};
void Gemm(const GemmShape& shape, float factor, const MatrixView& a, const MatrixView& b,
          float keep, float* c, std::int64_t c_stride);

}  // namespace sweepformer::model
