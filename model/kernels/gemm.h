#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace sweepformer::model {

/// A matrix in memory: rows that lie `stride` numbers apart, of numbers that lie side by side.
template <typename Number>
struct View {
  const Number* numbers;
  std::int64_t stride;
  bool transposed = false;  ///< whether it stands for its transpose

  View Transposed() const { return {numbers, stride, !transposed}; }
};
using MatrixView = View<float>;
using HalfView = View<c10::BFloat16>;

/// Of a product [rows, inner] [inner, columns].
struct GemmShape {
  std::int64_t rows, columns, inner;
  bool recurs = false;  ///< this very shape, again and again: worth its own code (below)
};

/// c = factor · a b + keep · c of float32 by oneDNN, which at the shapes of attention models is
/// faster than OpenBLAS (tools/bench/kernel_bench.cc). c is [rows, columns], a [rows, inner],
/// b [inner, columns]. On as many threads as LibTorch computes on; on one within a parallel region.
void Gemm(const GemmShape& shape, float factor, const MatrixView& a, const MatrixView& b,
          float keep, float* c, std::int64_t c_stride);

/// Whether this CPU has instructions for products of bfloat16 (AVX512-BF16) and oneDNN uses them.
bool CpuMultipliesBfloat16();

/// Whether products of bfloat16 are computed by Gemm of the widened operands instead: the same but
/// for the order of sums. In the whole process, until told otherwise; returns what it was before.
bool EmulateBfloat16(bool emulate);

/// What Gemm adds its product to: nothing, a float32 for each column, or what stands in c already.
struct Addend {
  const float* by_column = nullptr;
  bool result = false;
};

/// So many products at once, whose operands and results lie so far apart.
struct Batch {
  std::int64_t count = 1;
  std::int64_t a_step = 0, b_step = 0, c_step = 0;  ///< above 0 if there are several
};

/// Rows whose multiples recur whatever a batch of samples holds.
inline constexpr std::int64_t kRowStep = 256;

/// c = a b + addend of bfloat16 operands, summed up in float32 and, where c is bfloat16, rounded at
/// last. By oneDNN's matmul primitive. It compiles code for each shape it has not met, so only for
/// what is said to recur, and for multiples of kRowStep rows; the rest is computed by code that
/// takes any shape, slower for wide results.
void Gemm(const GemmShape& shape, const HalfView& a, const HalfView& b, const Addend& addend,
          float* c, std::int64_t c_stride);
void Gemm(const GemmShape& shape, const HalfView& a, const HalfView& b, const Addend& addend,
          c10::BFloat16* c, std::int64_t c_stride);

/// c = a b for each of a batch, whatever its shape.
void Gemm(const Batch& batch, const GemmShape& shape, const HalfView& a, const HalfView& b,
          float* c, std::int64_t c_stride);

}  // namespace sweepformer::model
