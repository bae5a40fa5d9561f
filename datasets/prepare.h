#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "datasets/corpus.h"
#include "datasets/encode.h"

namespace sweepformer::datasets {

/// What accuracy may depend on, of an item of the test part.
struct TestItem {
  std::int64_t length = 0;  ///< in tokens as WholeLength counts them: before max_length cuts it
  int stars = 0;            ///< 0 where the set has none
  std::string domain;       ///< "" where the set has none
};

/// The test part of another set.
struct SecondTest {
  EncodedReviews reviews;
  std::int64_t also_learned = 0;  ///< left out: they stand in the training or validation part
};

/// Everything a run trains and is judged on.
struct PreparedData {
  EncodedReviews train;
  EncodedReviews valid;
  EncodedReviews test;               ///< in an order that depends on the data and split_seed only
  std::vector<TestItem> test_items;  ///< what else is known of each
  Vocabulary vocabulary;             ///< of the training part, or all tokens there can be
  int max_length = 0;                ///< no sequence is longer
  int classes = 2;
  bool pairs = false;                ///< the sequences are [CLS] sentence [SEP] sentence
  std::optional<SecondTest> second;  ///< where parameters name a second test set
  CorpusCounts counts;               ///< of the whole set, before the split
};

/// Does what `parameters` (DatasetParameters()) say: loads, deduplicates, tokenizes (by way of the
/// token cache), splits, chooses the vocabulary from the training part, encodes. `seed` is the
/// run's; only shuffle_labels uses it. Errors as RequestFrom, Fingerprint, Load and SplitReviews.
Result<PreparedData> Prepare(const Parameters& parameters, std::int64_t seed,
                             const std::filesystem::path& data_folder);

}  // namespace sweepformer::datasets
