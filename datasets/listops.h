#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "datasets/review.h"

namespace sweepformer::datasets {

/// Raised when any generated expression changes: it is part of the fingerprint.
inline constexpr int kListOpsVersion = 1;

/// How expressions are drawn. The defaults, with 100,000 rows, are those of Long Range Arena.
struct ListOpsOptions {
  int max_depth = 10;     ///< levels of the tree, the digits' included
  int max_args = 10;      ///< of an operator, which has at least 2
  int min_length = 500;   ///< an expression is longer than this, in tokens
  int max_length = 2000;  ///< and shorter than this

  bool operator==(const ListOpsOptions&) const = default;
};

/// Every token of an expression: four operators with their opening bracket, the closing bracket,
/// ten digits.
std::span<const std::string_view> ListOpsTokens();

/// The largest length that can be asked for.
inline constexpr int kLongestListOps = 1 << 20;

/// What its value can be: a digit.
inline constexpr int kListOpsClasses = 10;

/// The first `rows` of an endless sequence of distinct expressions, the same on every machine, as
/// Long Range Arena generates them (Nangia and Bowman 2018, arXiv:1804.06028; Tay et al. 2021,
/// arXiv:2011.04006): a node is an operator in a quarter of all draws, at the deepest level never,
/// else a digit; operators, digits and numbers of arguments are uniform; trees whose length is out
/// of bounds are drawn again. "[MAX 2 9 [MIN 4 7 ] 0 ]" is 9; the label is the value. MED is the
/// median, rounded down, SM the sum modulo 10. The binary tree's parentheses, which LRA writes and
/// takes out again when it reads, are left out. InvalidArgument if the bounds leave fewer
/// expressions than `rows`, or so few that drawing finds none.
Result<std::vector<Review>> GenerateListOps(std::int64_t rows, const ListOpsOptions& options);

}  // namespace sweepformer::datasets
