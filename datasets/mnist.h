#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/review.h"

namespace sweepformer::datasets {

inline constexpr std::string_view kMnist = "mnist";

/// How the images are shown: the three changes a base model is adapted to in study D of
/// reference-studies.md.
enum class MnistImage {
  kPlain,
  kQuantized,  ///< two grey levels: 128 and above are 255, the others 0
  kRotated,    ///< by 90 degrees, clockwise
  kInverted,   ///< 255 less the value
};

/// plain, quantized, rotated, inverted; in the order of the enumeration.
std::vector<std::string> MnistImageWords();

/// The grey levels, "0" to "255": every token there is.
std::span<const std::string_view> GreyLevels();

/// Reads MNIST (LeCun, Bottou, Bengio, Haffner 1998) from an IDX file of images, number x rows x
/// columns, and one of labels, in either order. An image becomes the sequence of its pixels, row by
/// row, as Long Range Arena reads images (Tay et al. 2021, arXiv:2011.04006): a body of grey levels
/// parted by blanks; its label is the digit. However they are shown, the same images are distinct
/// and stand in the same parts: by their plain pixels. InvalidArgument if they are none or do not
/// belong together.
Result<std::vector<Review>> ReadMnist(std::string_view one, const std::string& one_file,
                                      std::string_view other, const std::string& other_file,
                                      MnistImage image = MnistImage::kPlain);

}  // namespace sweepformer::datasets
