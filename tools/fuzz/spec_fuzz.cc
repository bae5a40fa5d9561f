#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "orchestrator/core/file.h"
#include "orchestrator/exec/description_json.h"
#include "orchestrator/spec/check_goal.h"
#include "orchestrator/spec/expand.h"
#include "orchestrator/spec/overrides.h"
#include "orchestrator/spec/parse_spec.h"

/// libFuzzer's target: any bytes are a spec with what it includes, as the store keeps them.
/// Comments of the forms below are the command line. Nothing may crash, hang or differ between two
/// rounds.
///
///     #set k=v    #axis k=a,b    #only SQL    #seeds N

using namespace sweepformer;

namespace {

constexpr std::int64_t kMostCellsHere = 200;

const WorkerDescription& BuiltIn() {
  static const WorkerDescription description =
      ParseDescription(
          ReadFile(SWEEPFORMER_SOURCE_DIR "/orchestrator/spec/testdata/worker.json").value())
          .value();
  return description;
}

void AddOverride(std::string_view line, Overrides& overrides) {
  const auto rest = [&](std::string_view flag) -> std::optional<std::string> {
    if (!line.starts_with(flag)) return {};
    return std::string(line.substr(flag.size()));
  };
  if (const auto set = rest("#set ")) overrides.set.push_back(*set);
  if (const auto axis = rest("#axis ")) overrides.axis.push_back(*axis);
  if (const auto only = rest("#only ")) overrides.only = *only;
  if (const auto seeds = rest("#seeds ")) overrides.seeds = std::atoi(seeds->c_str());
}

Overrides OverridesIn(std::string_view text) {
  Overrides overrides;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    AddOverride(text.substr(0, end), overrides);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return overrides;
}

/// The cells as one text, or the error.
Result<std::string> CellsOf(std::string_view text) {
  SF_ASSIGN(SweepSpec spec, ParseStoredSpec(text));
  const Overrides overrides = OverridesIn(text);
  SF_TRY(ApplyOverrides(overrides, spec));
  const WorkerDescription* worker = spec.worker.foreign() ? nullptr : &BuiltIn();
  SF_TRY(CheckGoal(spec, worker));
  SF_ASSIGN(const Expansion expansion,
            Expansion::Make(spec, worker, overrides.only, kMostCellsHere));
  SF_ASSIGN(const std::vector<Cell> cells, expansion.Cells());
  if (static_cast<std::int64_t>(cells.size()) != expansion.cells()) std::abort();
  std::string lines;
  for (const Cell& cell : cells) {
    cell.parameters.table->AppendJson(cell.parameters.row, lines);
    lines += '\n';
  }
  return lines;
}

std::string Outcome(std::string_view text) {
  const auto cells = CellsOf(text);
  return cells.ok() ? *cells : cells.status().message();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string outcome = Outcome(text);
  if (!outcome.empty() && outcome.back() == '\n' && Outcome(text) != outcome) std::abort();
  return 0;
}
