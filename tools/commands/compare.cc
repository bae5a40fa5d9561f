#include <fmt/format.h>

#include "orchestrator/core/printable.h"
#include "results/comparison.h"
#include "results/comparison_text.h"
#include "results/store.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"

namespace sweepformer::cli {
namespace {

/// The names given to a list option. InvalidArgument if it is given and names nothing.
Result<std::vector<std::string>> NamesOf(const Arguments& arguments, const std::string& option,
                                         std::string_view kind) {
  std::vector<std::string> names = arguments.List(option);
  if (!names.empty() || !arguments.Has(option)) return names;
  return InvalidArgument(fmt::format(
      "--{0}: no {1} named; give names separated by commas, or leave --{0} out", option, kind));
}

Result<ComparisonRequest> RequestFrom(const Arguments& arguments) {
  ComparisonRequest request;
  request.sweep = *arguments.Text("SWEEP");
  SF_ASSIGN(request.by, NamesOf(arguments, "by", "parameter"));
  SF_ASSIGN(request.metrics, NamesOf(arguments, "metric", "metric"));
  request.baseline = arguments.Text("baseline");
  request.where = arguments.Text("where");
  return request;
}

Result<int> RunCompare(const Arguments& arguments) {
  SF_ASSIGN(const TableFormat format, ParseTableFormat(arguments.Text("format").value_or("table")));
  SF_ASSIGN(const ResultStore store, ResultStore::OpenReadOnly(StorePath(arguments)));
  SF_ASSIGN(const ComparisonRequest request, RequestFrom(arguments));
  SF_ASSIGN(const Comparison comparison, Compare(store.connection(), request));
  const std::string text = RenderComparison(comparison, format);
  const bool for_people = format == TableFormat::kTable || format == TableFormat::kMarkdown;
  fmt::print("{}", for_people ? Printable(text) : text);
  if (format != TableFormat::kCsv) return kExitOk;
  for (const std::string& warning : comparison.warnings) {
    fmt::print(stderr, "sweepformer: warning: {}\n", Printable(warning));
  }
  return kExitOk;
}

}  // namespace

Command CompareCommand() {
  Command command;
  command.name = "compare";
  command.about = "Compares the cells of a sweep, seed by seed, with a baseline.";
  command.positionals = {{"SWEEP"}};
  command.options = {
      {"by", 0, "P,P", "a row per combination of these parameters (default: those that vary)",
       true},
      {"metric", 0, "M,M", "what to compare (default: the sweep's [goal])", true},
      {"baseline", 0, "SQL", "what differences are taken to, e.g. \"attention = 'full'\""},
      {"where", 0, "SQL", "only the runs for which this holds"},
      FormatOption(),
      StoreOption()};
  command.examples = {
      {"sweepformer compare demo", "what varies, by the goals of the spec"},
      {"sweepformer compare demo --by attention,compression --metric test_accuracy "
       "--baseline \"attention = 'full'\"",
       "differences to full attention, seed by seed"},
      {"sweepformer compare robustness --where \"input = 'body'\" --format json", "for scripts"}};
  command.details =
      "Only succeeded runs of the plan count; what is missing is said below the table. A "
      "difference\n"
      "is the mean of the differences between runs of the same seed. Where the baseline's rule "
      "picks\n"
      "several rows, each row is held against the one with the same values of the parameters in\n"
      "which these differ. A row that pools several cells is warned of. With csv, warnings go to\n"
      "stderr; with json they are inside.";
  command.run = RunCompare;
  return command;
}

}  // namespace sweepformer::cli
