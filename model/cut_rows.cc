#include "model/cut_rows.h"

#include <algorithm>
#include <set>

namespace sweepformer::model {

CutRows::CutRows(const torch::Tensor& x, std::int64_t dimension, const std::vector<Range>& ranges) {
  if (!x.defined()) return;
  std::set<std::int64_t> cuts = {0, x.size(dimension)};
  for (const Range& range : ranges) cuts.insert({range.begin, range.end});
  begins_.assign(cuts.begin(), cuts.end());
  std::vector<std::int64_t> sizes;
  for (std::size_t i = 1; i < begins_.size(); ++i) sizes.push_back(begins_[i] - begins_[i - 1]);
  begins_.pop_back();
  if (!sizes.empty()) parts_ = x.split_with_sizes(sizes, dimension);
}

std::vector<torch::Tensor> CutRows::Parts(const Range& range) const {
  const auto index_of = [&](std::int64_t place) {
    return std::lower_bound(begins_.begin(), begins_.end(), place) - begins_.begin();
  };
  return {parts_.begin() + index_of(range.begin), parts_.begin() + index_of(range.end)};
}

torch::Tensor Joined(const std::vector<torch::Tensor>& parts, std::int64_t dimension) {
  if (parts.empty()) return {};
  return parts.size() == 1 ? parts.front() : torch::cat(parts, dimension);
}

}  // namespace sweepformer::model
