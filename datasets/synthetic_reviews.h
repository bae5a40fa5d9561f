#pragma once

#include <cstdint>
#include <vector>

#include "datasets/review.h"

namespace sweepformer::datasets {

/// Raised when any generated review changes: it is part of the fingerprint.
inline constexpr int kGeneratorVersion = 1;

/// The share of labels that the best possible reader gets right.
inline constexpr double kBestTitleAccuracy = 0.85;
inline constexpr double kBestBodyAccuracy = 0.95;
inline constexpr double kBestBothAccuracy = 0.95;

/// The first `rows` of an endless sequence of reviews, the same on every machine.
std::vector<Review> GenerateReviews(std::int64_t rows);

}  // namespace sweepformer::datasets
