#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/description.h"
#include "orchestrator/core/parameter_table.h"
#include "orchestrator/spec/sweep_spec.h"

namespace sweepformer {

/// What is said of cells beside their parameters; cells that agree share it.
struct CellTerms {
  std::string label;  ///< of a [[point]], or empty
  Limits limits;
};

/// One cell: a resolved point without its seed.
struct Cell {
  ParameterRow parameters;  ///< inactive ones are absent
  std::shared_ptr<const CellTerms> terms;
  std::optional<std::size_t> parent;  ///< place of the cell whose runs' weights its runs start from
};

/// What one [[exclude]] did. A cell that several match counts as dropped by the first.
struct ExclusionCount {
  std::string when;
  std::string why;
  std::int64_t matched = 0;
  std::int64_t dropped = 0;
};

/// A rule that holds in no cell, which is most likely not what was meant.
struct IdleRule {
  std::string what;  ///< "exclude rule", "limit rule", "rule of axis 'size'"
  std::string when;
};

/// A parameter that is given a value but used in no cell that is left.
struct IdleSetting {
  std::string name;
  std::string when;  ///< where it is used
  Location where;    ///< of the value; unknown if the command line gives it
};

/// What an expansion may cost before it is refused.
inline constexpr std::int64_t kMostCells = 100'000;

/// The cells a spec describes, held in an in-memory SQLite table that the rules were run over.
/// Not thread-safe.
class Expansion {
 public:
  /// Expands `spec`. `worker` is null for a foreign worker. `only` is --only.
  /// InvalidArgument (file:line:col where the spec is at fault): unknown names, values or results
  /// that do not fit the description, unsafe rules, cycles, over `most_cells` cells, nothing left.
  /// NotFound: `only` keeps no cell.
  static Result<Expansion> Make(const SweepSpec& spec, const WorkerDescription* worker,
                                const std::optional<std::string>& only = {},
                                std::int64_t most_cells = kMostCells);

  Expansion(Expansion&&) noexcept;
  Expansion& operator=(Expansion&&) noexcept;
  ~Expansion();

  std::int64_t grid_cells() const;  ///< before any rule, points included
  std::int64_t cells() const;       ///< after the rules and --only
  const std::vector<ExclusionCount>& exclusions() const;
  std::int64_t left_out_by_only() const;
  std::int64_t kept_as_parents() const;  ///< in spite of --only: something left starts from them
  const std::vector<IdleRule>& idle_rules() const;
  const std::vector<IdleSetting>& idle_settings() const;  ///< of [base] or the command line

  /// Every cell that is left: the grid in file order, then the points.
  Result<std::vector<Cell>> Cells() const;

 private:
  struct State;
  explicit Expansion(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sweepformer
