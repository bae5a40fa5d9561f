#include <fmt/format.h>

#include "orchestrator/core/printable.h"
#include "orchestrator/spec/parse_spec.h"
#include "orchestrator/sql/snapshot.h"
#include "results/answer.h"
#include "results/store.h"
#include "results/sweeps.h"
#include "results/test_items.h"
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

/// What the spec computes with [let]; nothing where it cannot be read (any more).
Result<std::vector<std::string>> DerivedParameters(const Connection& connection,
                                                   const std::string& sweep) {
  SF_ASSIGN(const std::string text, SpecTextOf(connection, sweep));
  const auto spec = ParseStoredSpec(text);
  std::vector<std::string> names;
  if (!spec.ok()) return names;
  for (const Derived& derived : spec.value().derived) names.push_back(derived.name);
  return names;
}

Result<ComparisonRequest> RequestFrom(const Arguments& arguments, const Connection& connection) {
  ComparisonRequest request;
  request.sweep = *arguments.Text("SWEEP");
  SF_ASSIGN(request.by, NamesOf(arguments, "by", "parameter"));
  SF_ASSIGN(request.metrics, NamesOf(arguments, "metric", "metric"));
  request.baseline = arguments.Text("baseline");
  request.where = arguments.Text("where");
  SF_ASSIGN(request.derived, DerivedParameters(connection, request.sweep));
  return request;
}

/// What is asked of the rows beside the rows.
Status CheckCombination(const Arguments& arguments) {
  if (arguments.Has("within") && !arguments.Has("best")) {
    return InvalidArgument(
        "--within says among which rows the best is looked for; name its metric with --best, or "
        "leave rows out with --where");
  }
  const bool both = arguments.Has("best") && arguments.Has("effects");
  if (both && arguments.Text("format") == "csv") {
    return InvalidArgument(
        "--best and --effects are two tables; ask for them one at a time, or "
        "with --format json");
  }
  return {};
}

Result<Answer> AnswerTo(const Arguments& arguments, const Connection& connection) {
  SF_TRY(CheckCombination(arguments));
  SF_ASSIGN(const Snapshot snapshot, Snapshot::Take(connection));  // all of it of one state
  SF_ASSIGN(const ComparisonRequest request, RequestFrom(arguments, connection));
  Answer answer;
  SF_ASSIGN(answer.comparison, Compare(connection, request));
  if (arguments.Has("items")) SF_TRY(AddItemTests(connection, answer.comparison));
  if (arguments.Has("pareto")) {
    SF_ASSIGN(answer.front, ParetoFrontOf(answer.comparison));
  }
  if (const auto metric = arguments.Text("best")) {
    SF_ASSIGN(answer.best, FindBest(answer.comparison, {*metric, arguments.Text("within")}));
    Warnings& warnings = answer.comparison.warnings;
    warnings.insert(warnings.end(), answer.best->warnings.begin(), answer.best->warnings.end());
  }
  if (arguments.Has("effects")) {
    SF_ASSIGN(answer.effects, EffectsOf(connection, request));
  }
  answer.plot = arguments.Has("plot");
  return answer;
}

Result<int> RunCompare(const Arguments& arguments) {
  SF_ASSIGN(const TableFormat format, ParseTableFormat(arguments.Text("format").value_or("table")));
  SF_ASSIGN(const ResultStore store, ResultStore::OpenReadOnly(StorePath(arguments)));
  SF_ASSIGN(const Answer answer, AnswerTo(arguments, store.connection()));
  const std::string text = RenderAnswer(answer, format);
  const bool for_people = format == TableFormat::kTable || format == TableFormat::kMarkdown;
  fmt::print("{}", for_people ? Printable(text) : text);
  if (format != TableFormat::kCsv) return kExitOk;
  for (const Warning& warning : answer.comparison.warnings) {
    fmt::print(stderr, "sweepformer: warning: {}\n", Printable(warning.Text()));
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
      {"items", 0, "", "differences in test_accuracy over test items too"},
      {"pareto", 0, "", "which rows no other surely beats in all goals"},
      {"effects", 0, "", "what each axis costs and saves, and what interacts"},
      {"best", 0, "M", "rank rows by this metric, and tell them from the best"},
      {"within", 0, "SQL", "for --best: only rows whose means meet this"},
      {"plot", 0, "", "draw means, intervals and runs"},
      FormatOption(),
      StoreOption()};
  command.examples = {
      {"sweepformer compare demo", "what varies, by the goals of the spec"},
      {"sweepformer compare demo --by attention,compression --metric test_accuracy "
       "--baseline \"attention = 'full'\"",
       "differences to full attention, seed by seed"},
      {"sweepformer compare demo --metric test_accuracy,train_seconds --pareto --effects",
       "what is worth its cost"},
      {"sweepformer compare demo --best valid_accuracy --within \"peak_rss_bytes < 4e8\" "
       "--metric valid_accuracy,peak_rss_bytes",
       "the best that fits"},
      {"sweepformer compare robustness --where \"input = 'body'\" --format json", "for scripts"}};
  command.details =
      "Only succeeded runs of the plan count; what is missing is said below the table. A "
      "difference\n"
      "is the mean of the differences between runs of the same seed, with its 95 % t-interval; p "
      "is "
      "of\n"
      "the paired t-test, adjusted after Holm for the differences of a metric. --items adds a "
      "two-level\n"
      "bootstrap over seeds and test items, or McNemar's test for single runs. Where the "
      "baseline's rule "
      "picks\n"
      "several rows, each row is held against the one with the same values of the parameters in\n"
      "which these differ. A row that pools several cells is warned of. With csv, warnings go to\n"
      "stderr; with json they are inside.";
  command.run = RunCompare;
  return command;
}

}  // namespace sweepformer::cli
