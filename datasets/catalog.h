#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/request.h"
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

/// Turns a folder, or an archive of it, into its reviews.
using TreeReader = Result<std::vector<Review>> (*)(const std::filesystem::path& path);

/// A data set that is known by name. Exactly one of `read`, `read_tree` and `generate` is given.
struct KnownSet {
  std::string name;
  std::string about;  ///< one line: what it is, who published it
  ReviewReader read = nullptr;
  TreeReader read_tree = nullptr;  ///< of a set whose reviews are files of a folder or an archive
  Result<std::string> (*hash_tree)(const std::filesystem::path& path) = nullptr;  ///< with it
  std::vector<Layout> layouts;  ///< in order of preference
  Result<std::vector<Review>> (*generate)(const DatasetRequest& request) = nullptr;
  std::string (*generator)(const DatasetRequest& request) = nullptr;  ///< what decides them, its
                                                                      ///< version included
  int classes = 2;
  bool has_titles = true;
  std::span<const std::string_view> tokens;  ///< all there are, parted by white space; empty: any
};

/// Every known set, in the order of contract.md. A further one is a reader and a row here.
const std::vector<KnownSet>& KnownSets();

std::vector<std::string> SetNames();

/// The domains a set's files belong to, in their order; none for a set without domains.
std::vector<std::string> DomainsOf(const KnownSet& set);

/// NotFound, with a suggestion, for a name that is none.
Result<const KnownSet*> FindSet(const std::string& name);

}  // namespace sweepformer::datasets
