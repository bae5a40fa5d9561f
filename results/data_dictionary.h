#pragma once

#include <string>
#include <vector>

#include "orchestrator/core/status.h"
#include "orchestrator/sql/connection.h"

namespace sweepformer {

/// A column of an exported file, and what a reader has to know of it.
struct DictionaryEntry {
  std::string file;  ///< without ".csv"; also the view `v` that it is read from
  std::string column;
  std::string unit;
  std::string meaning;
  std::string source;      ///< who says what stands there
  std::string expression;  ///< SQL over the view `v`
};

/// Every column of every file of an export of `sweep`, in their order. Units and meanings of
/// parameters are those of the worker's description, as the sweep was last launched.
Result<std::vector<DictionaryEntry>> DataDictionary(const Connection& connection,
                                                    const std::string& sweep);

}  // namespace sweepformer
