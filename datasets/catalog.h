#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/review.h"

namespace sweepformer::datasets {

/// One file of a set: `path` below a folder that may hold the publisher's files.
struct Listing {
  std::string path;    ///< its first part is what is searched for
  std::string domain;  ///< "" where the set has none
};

/// One arrangement a set's files come in.
struct Layout {
  std::vector<Listing> files;
  bool all_needed = true;  ///< false: whichever of the files are there are pooled
};

/// A data set that is known by name. Exactly one of `read` and `generate` is given.
struct KnownSet {
  std::string name;
  std::string about;  ///< one line: what it is, who published it
  ReviewReader read = nullptr;
  std::vector<Layout> layouts;  ///< in order of preference
  std::vector<Review> (*generate)(std::int64_t rows) = nullptr;
  int generator_version = 0;  ///< raised when the generated reviews change
};

/// Every known set, in the order of contract.md. A further one is a reader and a row here.
const std::vector<KnownSet>& KnownSets();

std::vector<std::string> SetNames();

/// The domains a set's files belong to, in their order; none for a set without domains.
std::vector<std::string> DomainsOf(const KnownSet& set);

/// NotFound, with a suggestion, for a name that is none.
Result<const KnownSet*> FindSet(const std::string& name);

}  // namespace sweepformer::datasets
