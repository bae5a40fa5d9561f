#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace sweepformer::model {

/// Places from begin up to end.
struct Range {
  std::int64_t begin = 0, end = 0;

  std::int64_t size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

/// Rows of a tensor by ranges, which may overlap. The gradient of a slice is as large as what it
/// was cut from, so that of many slices is quadratic; here the tensor is cut once (torch.split)
/// wherever a range begins or ends, and its gradient is put together once.
class CutRows {
 public:
  /// x may be undefined.
  CutRows(const torch::Tensor& x, std::int64_t dimension, const std::vector<Range>& ranges);

  /// The rows of one of the ranges, in parts that are views; none of an empty one, nor of an
  /// undefined tensor.
  std::vector<torch::Tensor> Parts(const Range& range) const;

 private:
  std::vector<std::int64_t> begins_;  ///< of the parts, in order
  std::vector<torch::Tensor> parts_;
};

/// Parts, one after the other: torch.cat, but a single one as it is. Undefined if there are none.
torch::Tensor Joined(const std::vector<torch::Tensor>& parts, std::int64_t dimension);

}  // namespace sweepformer::model
