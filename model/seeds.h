#pragma once

#include <cstdint>

namespace sweepformer::model {

/// What of a run is random in torch. Each is drawn from a stream of its own, so that runs of one
/// seed share all they have in common whatever their attention design. The order of the samples is
/// not among them: datasets/batches.h draws it from the seed and the epoch.
enum class Stream : std::uint64_t {
  kWeights = 1,    ///< initial values of everything but the attention sublayers
  kAttention = 2,  ///< initial values of one attention sublayer; index: its layer
  kDropout = 3,    ///< index: the epoch
  kAdapters = 4,   ///< initial values of all low-rank adapters
};

/// Seeds torch's global generators for the `index`-th part of `stream` of a run.
void SeedTorch(std::int64_t seed, Stream stream, std::int64_t index = 0);

}  // namespace sweepformer::model
