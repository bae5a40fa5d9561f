#include "model/seeds.h"

#include <torch/utils.h>

#include "datasets/random.h"

namespace sweepformer::model {

void SeedTorch(std::int64_t seed, Stream stream, std::int64_t index) {
  // Apart from the streams that order the samples, which are numbered by epochs.
  const std::uint64_t part =
      (static_cast<std::uint64_t>(stream) << 40) + static_cast<std::uint64_t>(index);
  torch::manual_seed(datasets::Random::Of(static_cast<std::uint64_t>(seed), part).Next());
}

}  // namespace sweepformer::model
