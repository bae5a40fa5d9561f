#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/review.h"

namespace sweepformer::datasets {

/// Reads IMDb (Large Movie Review Dataset, Maas et al., ACL 2011) from its folder or, as a stream,
/// from a tar archive of it (archive.h): one file a review, {train,test}/{neg,pos}/ID_STARS.txt
/// below whatever stands before, e.g. aclImdb/train/pos/0_9.txt. Label and part go by the folders,
/// the stars, 1 to 4 and 7 to 10, by the name. Other files, those of train/unsup among them, are
/// passed over. Reviews come in the order of part, label and ID, however they are stored.
/// InvalidArgument if one of the four folders has no review, a name there is none or contradicts
/// its folder, two reviews have one name, or a review is larger than kLongestReview. Memory is
/// that of the reviews.
Result<std::vector<Review>> ReadImdb(const std::filesystem::path& path);

inline constexpr std::int64_t kLongestReview = std::int64_t{1} << 20;

/// A hash of what ReadImdb reads: the same for the folder and for any archive of it.
Result<std::string> HashImdb(const std::filesystem::path& path);

}  // namespace sweepformer::datasets
