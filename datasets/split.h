#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "datasets/review.h"

namespace sweepformer::datasets {

struct SplitOptions {
  std::int64_t split_seed = 0;
  double valid_share = 0.1;  ///< of all reviews, on average
  double test_share = 0.2;
  std::optional<std::int64_t> train_rows;      ///< at most the training part; absent: all of it
  std::optional<std::int64_t> test_rows = {};  ///< at most the test part; absent: all of it
};

/// What decides where a review goes.
struct SplitMember {
  std::uint64_t key = 0;  ///< ReviewKey
  Part published = Part::kNone;
};

/// Positions in the reviews that were split, each part in an order of its own.
struct Split {
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> valid;
  std::vector<std::int64_t> test;
};

/// Parts `reviews`, which must be distinct, by a hash of title and body: a review's part and its
/// place there depend on nothing but itself and the seed, not on the input mode, the order of the
/// rows or the other reviews. The shares are therefore met on average, not exactly. `train_rows`
/// and `test_rows` keep the first rows of that order, so a smaller set lies inside every larger
/// one. A split of the publisher's is kept: its test reviews are the test part and test_share has
/// no effect; valid_share is then the share of the others. InvalidArgument if a part comes out
/// empty or train_rows or test_rows asks for more than there is.
Result<Split> SplitReviews(std::span<const SplitMember> reviews, const SplitOptions& options);

}  // namespace sweepformer::datasets
