#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/corpus.h"
#include "datasets/source_files.h"

namespace sweepformer::datasets {

/// How long texts are, in words parted by white space. A percentile is the smallest length that at
/// least so many percent do not exceed (nearest rank).
struct LengthProfile {
  std::int64_t shortest = 0, p10 = 0, median = 0, p90 = 0, p99 = 0, longest = 0;
  double mean = 0;

  bool operator==(const LengthProfile&) const = default;
};

std::int64_t CountWords(std::string_view text);

/// All zero without lengths.
LengthProfile ProfileOf(std::vector<std::int64_t> lengths);

/// How many kept reviews of each label a part of the publisher's split has.
struct PartBalance {
  std::string part;  ///< "train", "test"
  std::vector<std::int64_t> of_label;
};

/// What a user should know of a set before training on it.
struct Inspection {
  std::string set;
  std::vector<SourceFile> files;
  std::string fingerprint;
  CorpusCounts counts;
  std::vector<std::string> classes;  ///< what the labels mean, from 0
  std::vector<PartBalance> parts;    ///< where the publisher has made a split
  bool has_titles = true;
  bool pairs = false;   ///< title and body are the two sentences of a pair
  LengthProfile title;  ///< over the kept reviews, empty titles included
  LengthProfile body;
  std::vector<Review> sample;  ///< the first of every label
};

/// Reads a whole set. Errors as Load.
Result<Inspection> Inspect(const DatasetRequest& request);

/// The request that `name_or_path` stands for: where `settings` say how it is to be read, the set
/// or file with them (a file is of the set custom unless they name one); else a known set's name; a
/// file, in the form of whichever set can read it; or a folder that holds exactly one known set.
/// NotFound if it is none of these, InvalidArgument, with every reader's reason, for a file in no
/// known form and for a folder that holds several sets.
Result<DatasetRequest> RequestOf(const std::string& name_or_path,
                                 const std::filesystem::path& data_folder,
                                 const Parameters& settings = {});

}  // namespace sweepformer::datasets
