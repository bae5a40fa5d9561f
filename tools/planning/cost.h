#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/description.h"
#include "orchestrator/sql/sandbox.h"

namespace sweepformer {

/// The declared cost of runs, relative to one another (WorkerDescription::cost). Not thread-safe.
class DeclaredCost {
 public:
  /// InvalidArgument, naming the worker, for a cost that is no safe expression over its parameters.
  /// A worker that declares none has one that is nowhere known.
  static Result<DeclaredCost> Of(const WorkerDescription* worker);

  /// Positive, or nothing where it is not known.
  std::optional<double> At(const Parameters& parameters);

 private:
  explicit DeclaredCost(SafeExpressions sandbox) : sandbox_(std::move(sandbox)) {}

  SafeExpressions sandbox_;
  std::vector<std::string> reads_;  ///< in the order of the statement's parameters
  std::optional<Statement> statement_;
};

}  // namespace sweepformer
