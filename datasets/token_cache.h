#pragma once

#include <filesystem>
#include <functional>

#include "datasets/token_table.h"

namespace sweepformer::datasets {

/// Where a token table is kept and what it has to be of.
struct TokenCacheEntry {
  std::filesystem::path path;
  std::string key;  ///< 32 hex digits: all that decides the table, this program included
};

/// The entry, below CacheFolder(), of what `source` describes. A program that was built anew makes
/// its tables anew, in the place of the old ones, since it may read the data otherwise.
TokenCacheEntry TokenCacheEntryOf(std::string_view source);

/// Reads and tokenizes; errors are the data's.
using MakeTokens = std::function<Result<TokenizedCorpus>()>;

/// The table of `entry`: mapped into memory if it is there and whole, else made and put there,
/// while other processes that want it wait. It is made by a child of this process, so that reading
/// the data does not show in the peak memory of a run. A cache that cannot be written is done
/// without: the table is then this process's own. Errors are those of `make`.
Result<TokenTable> CachedTokens(const TokenCacheEntry& entry, const MakeTokens& make);

}  // namespace sweepformer::datasets
