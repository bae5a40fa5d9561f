#pragma once

#include <utility>

#include "datasets/review.h"

namespace sweepformer::datasets {

/// Reads Amazon Review Polarity (Zhang, Zhao, LeCun 2015, arXiv:1509.01626) in any of the forms it
/// is passed around in, told apart by their content:
///   - Zhang's own: `"1|2","title","body"` without a header; 1 is negative; the two characters `\n`
///     stand for a line break and `\"` for a quote;
///   - CSV with a header that names a `review` and a `sentiment` column, in any order and case
///     (`Sentiment,Review`, `review,sentiment`), the sentiment negative/positive or 1/2;
///   - fastText: `__label__1|2 Title: body`.
/// Where title and body share a field they are parted by SplitTitle.
Result<std::vector<Review>> ReadAmazonPolarity(std::string_view bytes, const std::string& file);

/// The same, review by review: memory is that of a block and one review.
Status VisitAmazonPolarity(ByteStream& stream, const std::string& file, const ReviewVisit& visit);

/// Title and body of "Title: body": the title ends at the first ": ". Titles with a ": " of their
/// own are cut short by that ("WARNING: Made in China!: I was ..."), but of the 121 in 7,000
/// reviews with a second ": " within 100 characters most hold it in the body, so any later one
/// would be wrong more often. Without a ": " all of it is body.
std::pair<std::string, std::string> SplitTitle(std::string_view text);

}  // namespace sweepformer::datasets
