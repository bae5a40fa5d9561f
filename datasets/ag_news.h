#pragma once

#include "datasets/review.h"

namespace sweepformer::datasets {

/// Reads AG News (Zhang, Zhao, LeCun 2015, arXiv:1509.01626): CSV without a header,
/// `"class","title","text"`, the class 1 to 4: World, Sports, Business, Sci/Tech. A backslash, with
/// which the collection marks its line breaks ("social\network"), becomes a blank.
Result<std::vector<Review>> ReadAgNews(std::string_view bytes, const std::string& file);

}  // namespace sweepformer::datasets
