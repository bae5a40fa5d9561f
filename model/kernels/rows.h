#pragma once

#include <c10/util/BFloat16.h>
#include <torch/types.h>

#include <cstdint>

#include "model/kernels/mask.h"
#include "model/kernels/parallel.h"

namespace sweepformer::model {

/// Some rows of a matrix of `width` columns, and the mask over it, each row of which begins a
/// group.
struct Rows {
  std::int64_t first, last, width;
  Mask mask{0, 0};
  std::int64_t mask_row =
      0;  ///< row of the mask over row 0: the matrix may be part of a larger one

  std::uint64_t first_group(std::int64_t row) const {
    return static_cast<std::uint64_t>((mask_row + row) * lanes::MaskGroups(width));
  }
};

/// All rows of x, along its last dimension.
inline Rows AllRows(const torch::Tensor& x, const Mask& mask = {0, 0}) {
  const std::int64_t width = x.size(-1);
  return {0, width == 0 ? 0 : x.numel() / width, width, mask};
}

// Passes between products. Numbers are float32 or bfloat16: read and written, computed with as
// float32. `bias` is by column; `sums` are by column too, and are added to.

/// y = gelu(x + bias) · mask, and into x the derivative of y by x.
void GeluRows(float* y, float* x, const float* bias, const Rows& rows);
void GeluRows(c10::BFloat16* y, c10::BFloat16* x, const float* bias, const Rows& rows);

/// x = gelu(x + bias), without a mask.
void GeluRowsAlone(float* x, const float* bias, const Rows& rows);
void GeluRowsAlone(c10::BFloat16* x, const float* bias, const Rows& rows);

/// out = in · factor, without a mask; out may be either.
void MultiplyRows(float* out, const float* in, const float* factor, float* sums, const Rows& rows);
void MultiplyRows(c10::BFloat16* out, const c10::BFloat16* in, const c10::BFloat16* factor,
                  float* sums, const Rows& rows);

/// out = x + (y + bias) · mask; out may be y.
void AddRows(float* out, const float* x, const float* y, const float* bias, const Rows& rows);

/// out = in · mask; out may be in.
void MaskRows(float* out, const float* in, float* sums, const Rows& rows);
void MaskRows(c10::BFloat16* out, const float* in, float* sums, const Rows& rows);

/// Calls work(part, task) on parts of the rows, on several threads; no two parts have the same
/// task, which is below the number of threads.
template <typename Work>
void ShareOut(const Rows& rows, const Work& work) {
  const std::int64_t count = rows.last - rows.first, tasks = TasksFor(count * rows.width);
  at::parallel_for(0, tasks, 1, [&](std::int64_t task, std::int64_t end) {
    for (; task < end; ++task) {
      Rows part = rows;
      part.first = rows.first + count * task / tasks;
      part.last = rows.first + count * (task + 1) / tasks;
      work(part, task);
    }
  });
}

/// Sums by column, to which every thread adds its own.
class ColumnSums {
 public:
  explicit ColumnSums(std::int64_t width) : sums_(torch::zeros({at::get_num_threads(), width})) {}

  float* Of(std::int64_t task) { return sums_.data_ptr<float>() + task * sums_.size(1); }
  torch::Tensor Total() const { return sums_.size(0) == 1 ? sums_.select(0, 0) : sums_.sum(0); }

 private:
  torch::Tensor sums_;
};

}  // namespace sweepformer::model
