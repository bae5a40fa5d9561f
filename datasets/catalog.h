#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/request.h"
#include "datasets/review.h"
#include "datasets/source_files.h"

namespace sweepformer::datasets {

/// One file of a set: `path` below a folder that may hold the publisher's files.
struct Listing {
  std::string path;    ///< its first part is what is searched for
  std::string domain;  ///< "" where the set has none
  Part part = Part::kNone;
  bool optional = false;        ///< the set is whole without it
  ReviewReader read = nullptr;  ///< in place of the set's
};

/// One arrangement a set's files come in.
struct Layout {
  std::vector<Listing> files;
  bool all_needed = true;                  ///< false: whichever of the files are there are pooled
  std::vector<std::string> archives = {};  ///< names of archives that hold all of the files
  bool extract = false;                    ///< some of the rows, not the whole set
};

/// Turns a folder, or an archive of it, into its reviews.
using TreeReader = Result<std::vector<Review>> (*)(const std::filesystem::path& path);

/// Turns files that make sense only together into reviews.
using FilesReader = Result<std::vector<Review>> (*)(const std::vector<SourceFile>& files,
                                                    const DatasetRequest& request);

/// A data set that is known by name. At most one of `read`, `read_files`, `read_tree` and
/// `generate` is given; none where every listing has a reader of its own.
struct KnownSet {
  std::string name;
  std::string about;  ///< one line: what it is, who published it
  ReviewReader read = nullptr;
  StreamReader read_stream = nullptr;  ///< the same for large files
  FilesReader read_files = nullptr;
  TreeReader read_tree = nullptr;  ///< of a set whose reviews are files of a folder or an archive
  Result<std::string> (*hash_tree)(const std::filesystem::path& path) = nullptr;  ///< with it
  std::vector<Layout> layouts;  ///< in order of preference
  Result<std::vector<Review>> (*generate)(const DatasetRequest& request) = nullptr;
  std::string (*generator)(const DatasetRequest& request) = nullptr;  ///< what decides them, its
                                                                      ///< version included
  std::vector<std::string> classes = {"negative", "positive"};        ///< from label 0
  bool has_titles = true;
  bool has_stars = false;                    ///< 1 to 5, whose classes the request decides
  bool pairs = false;                        ///< title and body are the two sentences of a pair
  std::span<const std::string_view> tokens;  ///< all there are, parted by white space; empty: any
};

/// Every known set, in the order of contract.md. A further one is a reader and a row here.
const std::vector<KnownSet>& KnownSets();

std::vector<std::string> SetNames();

/// The domains a set's files belong to, in their order; none for a set without domains.
std::vector<std::string> DomainsOf(const KnownSet& set);

/// What the labels of a request mean, from 0.
std::vector<std::string> ClassesOf(const KnownSet& set, const DatasetRequest& request);

/// NotFound, with a suggestion, for a name that is none.
Result<const KnownSet*> FindSet(const std::string& name);

}  // namespace sweepformer::datasets
