#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/description.h"
#include "orchestrator/sql/sandbox.h"

namespace sweepformer {

/// A figure of runs that their worker declares as SQL over the parameters. Not thread-safe.
class DeclaredFigure {
 public:
  /// WorkerDescription::cost and ::memory. InvalidArgument, naming the worker, for what is no safe
  /// expression over its parameters. A worker that declares none has one that is nowhere known.
  static Result<DeclaredFigure> CostOf(const WorkerDescription* worker);
  static Result<DeclaredFigure> MemoryOf(const WorkerDescription* worker);

  /// Positive, or nothing where it is not known.
  std::optional<double> At(const Parameters& parameters);

 private:
  explicit DeclaredFigure(SafeExpressions sandbox) : sandbox_(std::move(sandbox)) {}

  /// Of the `expression` that is the worker's `name`; an empty one is nowhere known.
  static Result<DeclaredFigure> Of(const WorkerDescription& worker, const char* name,
                                   const std::string& expression);

  SafeExpressions sandbox_;
  std::vector<std::string> reads_;  ///< in the order of the statement's parameters
  std::optional<Statement> statement_;
};

}  // namespace sweepformer
