#include "datasets/split.h"

#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/core/split_mix.h"

namespace sweepformer::datasets {
namespace {

/// Members of a part with the hash that orders them.
using Ranked = std::vector<std::pair<std::uint64_t, std::int64_t>>;

std::vector<std::int64_t> InOrder(Ranked members) {
  std::sort(members.begin(), members.end());
  std::vector<std::int64_t> positions;
  positions.reserve(members.size());
  for (const auto& [rank, position] : members) positions.push_back(position);
  return positions;
}

/// Without a test part of the publisher's one is drawn.
Status CheckShares(const SplitOptions& options, bool draws_test) {
  if (!draws_test) {
    if (options.valid_share > 0 && options.valid_share < 1) return {};
    return InvalidArgument(fmt::format(
        "valid_share = {} must be above 0 and leave something to train on", options.valid_share));
  }
  if (options.valid_share > 0 && options.test_share > 0 &&
      options.valid_share + options.test_share < 1)
    return {};
  return InvalidArgument(fmt::format(
      "valid_share = {} and test_share = {} must be above 0 and leave something to train on",
      options.valid_share, options.test_share));
}

Status CheckRows(const char* parameter, const std::optional<std::int64_t>& rows, const char* name,
                 const std::vector<std::int64_t>& part) {
  const auto available = static_cast<std::int64_t>(part.size());
  if (!rows || (*rows >= 1 && *rows <= available)) return {};
  return InvalidArgument(fmt::format("{} = {}, but the {} part holds {}; use 1 to {}", parameter,
                                     *rows, name, available, available));
}

Status CheckParts(const Split& split, const SplitOptions& options) {
  const std::pair<const char*, const std::vector<std::int64_t>*> parts[] = {
      {"training", &split.train}, {"validation", &split.valid}, {"test", &split.test}};
  for (const auto& [name, part] : parts)
    if (part->empty())
      return InvalidArgument(
          fmt::format("the {} part is empty; use more rows or a larger share for it", name));
  SF_TRY(CheckRows("train_rows", options.train_rows, "training", split.train));
  return CheckRows("test_rows", options.test_rows, "test", split.test);
}

}  // namespace

Result<Split> SplitReviews(std::span<const SplitMember> reviews, const SplitOptions& options) {
  const bool draws_test =
      std::any_of(reviews.begin(), reviews.end(),
                  [](const SplitMember& review) { return review.published == Part::kNone; });
  SF_TRY(CheckShares(options, draws_test || reviews.empty()));
  const std::uint64_t salt = Mix64(static_cast<std::uint64_t>(options.split_seed) + 1);
  Ranked train, valid, test;
  for (std::size_t i = 0; i < reviews.size(); ++i) {
    const std::uint64_t draw = Mix64(reviews[i].key ^ salt);
    const double u = static_cast<double>(draw >> 11) * 0x1p-53;  // in [0, 1)
    const Part published = reviews[i].published;
    const double test_share = published == Part::kTest    ? 1.0
                              : published == Part::kTrain ? 0.0
                                                          : options.test_share;
    Ranked& part = u < test_share ? test : u < test_share + options.valid_share ? valid : train;
    part.emplace_back(Mix64(draw), static_cast<std::int64_t>(i));
  }
  Split split{InOrder(std::move(train)), InOrder(std::move(valid)), InOrder(std::move(test))};
  SF_TRY(CheckParts(split, options));
  if (options.train_rows) split.train.resize(static_cast<std::size_t>(*options.train_rows));
  if (options.test_rows) split.test.resize(static_cast<std::size_t>(*options.test_rows));
  return split;
}

}  // namespace sweepformer::datasets
