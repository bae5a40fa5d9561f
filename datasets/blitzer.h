#pragma once

#include "datasets/review.h"

namespace sweepformer::datasets {

/// Reads the labelled part of the Multi-Domain Sentiment set (Blitzer, Dredze, Pereira, ACL 2007):
/// pseudo-XML without a root, `<review>` blocks of `<tag>` / value / `</tag>`, each on lines of
/// their own, with raw `&` and control characters in the values, which are kept as they are. The
/// label is the rating's side of three stars, the domain is the product type ("kitchen" for kitchen
/// & housewares). A file called positive.review or negative.review must agree with its ratings.
Result<std::vector<Review>> ReadBlitzer(std::string_view bytes, const std::string& file);

}  // namespace sweepformer::datasets
