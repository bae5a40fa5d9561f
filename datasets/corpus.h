#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/request.h"
#include "datasets/review.h"

namespace sweepformer::datasets {

/// What became of the rows of a set. rows_read = kept + duplicates + also_in_test + neutral + empty
/// + untitled + other_domain.
struct CorpusCounts {
  std::int64_t rows_read = 0;
  std::int64_t duplicates = 0;     ///< dropped: an earlier row has the same title and body
  std::int64_t contradictory = 0;  ///< of these, those whose earlier row has the other label
  std::int64_t also_in_test = 0;   ///< dropped: a training row that stands in the test part too
  std::int64_t neutral = 0;        ///< dropped: takes no side
  std::int64_t empty = 0;          ///< dropped: neither title nor body
  std::int64_t untitled = 0;       ///< dropped: no title, and those are not wanted
  std::int64_t other_domain = 0;   ///< dropped: not of the domain asked for
  std::int64_t kept = 0;
  std::vector<std::int64_t> kept_of;  ///< of each label from 0; as many as the set has classes
  std::int64_t kept_without_title = 0;
  std::int64_t kept_without_body = 0;

  bool operator==(const CorpusCounts&) const = default;
};

/// Distinct, labelled reviews.
struct Corpus {
  std::vector<Review> reviews;
  CorpusCounts counts;
  std::vector<std::string> classes;  ///< what the labels mean, from 0
};

/// Keeps the first of every set of equal reviews (ReviewKey), of a publisher's test and training
/// parts the one in test, and drops what cannot be learned from.
/// Labels are below `classes`.
Corpus Distinct(std::vector<Review> rows, const std::string& domain, int classes = 2,
                EmptyTitle empty_title = EmptyTitle::kKeep);

/// The rows of a request's files as their reader gives them. Errors as FindFiles and the set's
/// reader.
Result<std::vector<Review>> ReadRows(const DatasetRequest& request);

/// The reviews of a request. Errors as FindFiles and the set's reader; InvalidArgument if nothing
/// is left.
Result<Corpus> Load(const DatasetRequest& request);

}  // namespace sweepformer::datasets
