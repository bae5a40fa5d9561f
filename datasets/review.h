#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/byte_stream.h"
#include "orchestrator/core/status.h"

namespace sweepformer::datasets {

/// The label of a review that takes no side (three stars). Load drops and counts these.
inline constexpr int kNeutral = -1;

/// Which part of its publisher's split a review belongs to.
enum class Part { kNone, kTrain, kTest };

/// One review, or other text, as its publisher gives it; UTF-8, not yet cleaned.
struct Review {
  std::string title;
  std::string body;
  int label = kNeutral;        ///< 0 negative, 1 positive; of other texts the class, from 0
  int stars = 0;               ///< 1 to 5, imdb's 1 to 10; 0 where the set does not say
  std::string domain;          ///< "" where the set has none
  Part part = Part::kNone;     ///< kNone where the publisher has made no split
  std::uint64_t original = 0;  ///< ReviewKey of what the texts show changed; 0: unchanged

  bool operator==(const Review&) const = default;
};

/// Turns the bytes of one file into its reviews, in file order. `file` names it in messages, which
/// read "file:line: what is wrong; what to do". InvalidArgument for bytes of another form.
using ReviewReader = Result<std::vector<Review>> (*)(std::string_view bytes,
                                                     const std::string& file);

/// Takes reviews as they are read.
using ReviewVisit = std::function<void(Review review)>;

/// The same for files too large to be in memory as a whole.
using StreamReader = Status (*)(ByteStream& stream, const std::string& file,
                                const ReviewVisit& visit);

inline constexpr std::string_view kAsciiSpace = " \t\n\r\f\v";

/// `text` with runs of ASCII white space as one blank and none at either end.
std::string CollapseSpace(std::string_view text);

/// What makes two reviews the same (contract.md): a hash of title and body, white space collapsed;
/// of those that are shown changed that of the original. The first 64 bits of XXH3-128; four
/// million reviews collide with a chance of one in two million. Splits depend on it; never change
/// it.
std::uint64_t ReviewKey(const Review& review);

}  // namespace sweepformer::datasets
