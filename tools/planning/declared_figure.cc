#include "tools/planning/declared_figure.h"

#include <fmt/format.h>

#include <cmath>

namespace sweepformer {
namespace {

std::vector<std::string> NamesOf(const WorkerDescription& worker) {
  std::vector<std::string> names;
  for (const ParameterSpec& parameter : worker.parameters) names.push_back(parameter.name);
  return names;
}

/// The expression over a row of as many placeholders as it reads parameters.
std::string Select(const std::string& expression, const std::vector<std::string>& reads) {
  std::string row;
  for (std::size_t i = 0; i < reads.size(); ++i) {
    row += fmt::format(", ?{} AS {}", i + 1, QuoteName(reads[i]));
  }
  return fmt::format("SELECT ({}\n) FROM (SELECT NULL{})", expression, row);
}

}  // namespace

Result<DeclaredFigure> DeclaredFigure::CostOf(const WorkerDescription* worker) {
  const WorkerDescription none;
  return Of(worker ? *worker : none, "cost", worker ? worker->cost : "");
}

Result<DeclaredFigure> DeclaredFigure::MemoryOf(const WorkerDescription* worker) {
  const WorkerDescription none;
  return Of(worker ? *worker : none, "memory", worker ? worker->memory : "");
}

Result<DeclaredFigure> DeclaredFigure::Of(const WorkerDescription& worker, const char* name,
                                          const std::string& expression) {
  SF_ASSIGN(SafeExpressions sandbox, SafeExpressions::Open());
  DeclaredFigure declared(std::move(sandbox));
  if (expression.empty()) return declared;
  auto checked = declared.sandbox_.Check(expression, NamesOf(worker));
  if (const auto* error = std::get_if<ExpressionError>(&checked)) {
    return InvalidArgument(
        fmt::format("the {} that worker {} declares: {}", name, worker.worker, error->message));
  }
  const auto& reads = std::get<NameSet>(checked);
  declared.reads_.assign(reads.begin(), reads.end());
  SF_ASSIGN(declared.statement_,
            declared.sandbox_.connection().Prepare(Select(expression, declared.reads_)));
  return declared;
}

std::optional<double> DeclaredFigure::At(const Parameters& parameters) {
  if (!statement_) return {};
  for (std::size_t i = 0; i < reads_.size(); ++i) {
    const auto it = parameters.find(reads_[i]);
    statement_->Bind(static_cast<int>(i) + 1, it == parameters.end() ? Value() : it->second);
  }
  const auto row = statement_->Step();
  const double figure = row.ok() && *row ? AsDouble(statement_->Column(0)) : std::nan("");
  statement_->Reset();
  return std::isfinite(figure) && figure > 0 ? std::optional(figure) : std::nullopt;
}

}  // namespace sweepformer
