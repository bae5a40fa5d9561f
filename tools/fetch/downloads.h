#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/fetch/download.h"

namespace sweepformer::fetch {

/// Where a known set comes from and what its authors ask for.
struct Origin {
  std::string set;
  std::string licence;
  std::string citation;
  /// To be put below the data folder under these names; empty: not offered for download by a plain
  /// address.
  struct File {
    std::string name;
    RemoteFile remote;
  };
  std::vector<File> files = {};
  std::string by_hand = {};  ///< what to do where there are no files
};

/// Null for a set that is generated, or of one's own files.
const Origin* OriginOf(std::string_view set);

/// Of all its files.
std::int64_t BytesOf(const Origin& origin);

}  // namespace sweepformer::fetch
