#include "tools/commands/common.h"

#include <cstdlib>

namespace sweepformer::cli {

OptionSpec StoreOption() {
  return {"store", 0, "DB", "the store (default: sweepformer.db in this folder)"};
}

OptionSpec DataOption() {
  return {"data", 0, "DIR", "where data sets lie (default: $SWEEPFORMER_DATA)"};
}

OptionSpec JsonOption() { return {"json", 0, "", "print JSON for scripts"}; }

OptionSpec FormatOption() { return {"format", 0, "FORM", "table (default), csv, json or md"}; }

std::vector<OptionSpec> PlanOptions() {
  return {{"set", 0, "K=V", "give a parameter this one value", true},
          {"axis", 0, "K=A,B", "let a parameter take these values in turn", true},
          {"seeds", 0, "N", "only the first N seeds"},
          {"most-cells", 0, "N", "refuse a grid of more cells (default 100000)"},
          {"only", 0, "SQL", "only the cells where this holds, e.g. \"attention = 'full'\""},
          DataOption(),
          {"threads-per-run", 0, "T", "threads of each run (default 1)"},
          StoreOption()};
}

std::filesystem::path StorePath(const Arguments& arguments) {
  return arguments.Text("store").value_or("sweepformer.db");
}

std::filesystem::path DataFolder(const Arguments& arguments) {
  if (const auto named = arguments.Text("data")) return *named;
  const char* inherited = std::getenv("SWEEPFORMER_DATA");
  return inherited ? inherited : "";
}

Result<int> ThreadsPerRun(const Arguments& arguments) {
  SF_ASSIGN(const auto threads, arguments.Integer("threads-per-run", 1, 1024));
  return static_cast<int>(threads.value_or(1));
}

Result<SweepPlan> PlanFrom(const Arguments& arguments) {
  PlanRequest request;
  request.spec = *arguments.Text("SPEC");
  request.overrides.set = arguments.All("set");
  request.overrides.axis = arguments.All("axis");
  request.overrides.only = arguments.Text("only");
  SF_ASSIGN(request.overrides.seeds, arguments.Integer("seeds", 1, 1'000'000));
  SF_ASSIGN(request.threads, ThreadsPerRun(arguments));
  SF_ASSIGN(const auto most_cells, arguments.Integer("most-cells", 1, 100'000'000));
  request.most_cells = most_cells.value_or(kMostCells);
  request.data_folder = DataFolder(arguments);
  return MakeSweepPlan(request);
}

}  // namespace sweepformer::cli
