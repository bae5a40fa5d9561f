#pragma once

#include "datasets/review.h"

namespace sweepformer::datasets {

/// Readers of Amazon reviews with one to five stars. The label is the side of three stars, of three
/// stars kNeutral; what else the stars may mean is star_classes.h's.

/// Amazon Multilingual Reviews (Keung et al., EMNLP 2020): CSV with a header, either as a
/// language's extract is passed around, `text` (title, blank line, body) and `label` 0 to 4, or
/// with the publisher's columns `review_title`, `review_body` and `stars`, with `product_category`
/// the domain.
Result<std::vector<Review>> ReadAmazonMulti(std::string_view bytes, const std::string& file);

/// Reviews of ten earphones: CSV with the header `ReviewTitle,ReviewBody,ReviewStar,Product`; the
/// product is the domain.
Result<std::vector<Review>> ReadAmazonEarphones(std::string_view bytes, const std::string& file);

}  // namespace sweepformer::datasets
