#include "model/batch_tensors.h"

namespace sweepformer::model {

BatchTensors ToTensors(datasets::Batch& batch, torch::Device device) {
  const auto size = static_cast<std::int64_t>(batch.labels.size());
  const auto wrap = [&](std::vector<std::int64_t>& numbers, at::IntArrayRef shape) {
    return torch::from_blob(numbers.data(), shape, torch::kInt64).to(device);
  };
  return {wrap(batch.tokens, {size, batch.length}), wrap(batch.labels, {size})};
}

}  // namespace sweepformer::model
