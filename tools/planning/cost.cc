#include "tools/planning/cost.h"

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
std::string SelectCost(const std::string& cost, const std::vector<std::string>& reads) {
  std::string row;
  for (std::size_t i = 0; i < reads.size(); ++i) {
    row += fmt::format(", ?{} AS {}", i + 1, QuoteName(reads[i]));
  }
  return fmt::format("SELECT ({}\n) FROM (SELECT NULL{})", cost, row);
}

}  // namespace

Result<DeclaredCost> DeclaredCost::Of(const WorkerDescription* worker) {
  SF_ASSIGN(SafeExpressions sandbox, SafeExpressions::Open());
  DeclaredCost declared(std::move(sandbox));
  if (!worker || worker->cost.empty()) return declared;
  auto checked = declared.sandbox_.Check(worker->cost, NamesOf(*worker));
  if (const auto* error = std::get_if<ExpressionError>(&checked)) {
    return InvalidArgument(
        fmt::format("the cost that worker {} declares: {}", worker->worker, error->message));
  }
  const auto& reads = std::get<NameSet>(checked);
  declared.reads_.assign(reads.begin(), reads.end());
  SF_ASSIGN(declared.statement_,
            declared.sandbox_.connection().Prepare(SelectCost(worker->cost, declared.reads_)));
  return declared;
}

std::optional<double> DeclaredCost::At(const Parameters& parameters) {
  if (!statement_) return {};
  for (std::size_t i = 0; i < reads_.size(); ++i) {
    const auto it = parameters.find(reads_[i]);
    statement_->Bind(static_cast<int>(i) + 1, it == parameters.end() ? Value() : it->second);
  }
  const auto row = statement_->Step();
  const double cost = row.ok() && *row ? AsDouble(statement_->Column(0)) : std::nan("");
  statement_->Reset();
  return std::isfinite(cost) && cost > 0 ? std::optional(cost) : std::nullopt;
}

}  // namespace sweepformer
