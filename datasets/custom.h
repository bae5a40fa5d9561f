#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/review.h"
#include "datasets/table.h"

namespace sweepformer::datasets {

/// Where a user's own files keep what, and which words are which class.
struct CustomColumns {
  TableFormat format = TableFormat::kCsv;
  std::optional<std::string> title;  ///< absent: there are no titles, or `body` holds them
  std::optional<std::string> body;
  std::string label = "label";
  std::optional<std::string>
      separator;                     ///< parts what `body` holds into title and body, at its first
  std::vector<std::string> classes;  ///< "word|other word" for each label from 0
  std::vector<std::string> dropped;  ///< words of rows that take no side; "" for those without one
};

/// Reads a table (table.h). Words of labels are compared whatever their case, numbers as numbers (5
/// is 5.0), white space around them set aside. A title or body that a row lacks is empty; without a
/// separator in the text all of it is body. InvalidArgument as VisitTable, for a word that is
/// neither a class nor dropped and, with the words that are there, where no classes are given.
Result<std::vector<Review>> ReadCustom(std::string_view bytes, const std::string& file,
                                       const CustomColumns& columns);

}  // namespace sweepformer::datasets
