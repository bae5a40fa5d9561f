#include "results/data_dictionary.h"

#include <fmt/format.h>

#include <map>

#include "orchestrator/core/names.h"
#include "results/catalog.h"

namespace sweepformer {
namespace {

/// A column that every export has. `expression` is SQL over the view `v`; empty: the column itself.
struct FixedColumn {
  const char* name;
  const char* unit;
  const char* meaning;
  const char* expression = "";
};

constexpr FixedColumn kOfRuns[] = {
    {"sweep", "", "name of the sweep"},
    {"id", "", "of the run, a hash of all that decides what it computes"},
    {"cell", "", "runs that differ only in their seed share a cell"},
    {"seed", "", "of the run's random numbers"},
    {"state", "", "pending, running, succeeded, failed, canceled, aborted or stopped"},
    {"label", "", "of the [[point]] of the spec; empty for the grid"},
    {"in_plan", "0 or 1", "0: the spec as last launched no longer names the run"},
    {"reused", "0 or 1", "1: it had succeeded before it became part of this sweep"}};

constexpr FixedColumn kOfCells[] = {{"sweep", "", "name of the sweep"},
                                    {"cell", "", "the id that the cell's runs share"}};

constexpr FixedColumn kRunsOfCell = {"runs", "runs", "in the plan, whatever their state"};

constexpr FixedColumn kOfAttempts[] = {
    {"run", "", "the run, by its id"},
    {"number", "", "of the attempt within its run, from 1"},
    {"kind", "", "of the run; always train: probes are no runs of runs.csv"},
    {"host", "", "where it ran"},
    {"pid", "", "its process there; empty if none was started"},
    {"started_ms", "ms", "when it started, UTC since 1970"},
    {"started", "ISO 8601", "started_ms in words",
     "strftime('%Y-%m-%dT%H:%M:%fZ', v.started_ms / 1000.0, 'unixepoch')"},
    {"ended_ms", "ms", "when it ended, UTC since 1970; empty while it runs"},
    {"ended", "ISO 8601", "ended_ms in words",
     "strftime('%Y-%m-%dT%H:%M:%fZ', v.ended_ms / 1000.0, 'unixepoch')"},
    {"outcome", "",
     "completed, failed, crashed, timeout, out_of_memory, canceled or lost; empty while it runs"},
    {"exit_code", "", "of its process; empty if a signal ended it"},
    {"signal", "", "that ended its process"},
    {"cpu_seconds", "s", "CPU time of all its processes"},
    {"peak_rss_bytes", "bytes", "the most memory that one of its processes had"},
    {"peak_rss_method", "", "how peak_rss_bytes was measured"},
    {"run_delay_share", "share", "of the time that it wanted a CPU and had none, 0 to 1"},
    {"peak_cgroup_bytes", "bytes", "the most memory of its control group, page cache included"},
    {"error", "", "what went wrong, in words"},
    {"note", "", "what was odd though it does not count against the run"},
    {"counts", "0 or 1", "against retry.attempts of the spec"},
    {"executor", "", "what carried it out"},
    {"external_id", "", "its name in the executor's system; NULL so far"},
    {"boot_id", "", "of the host when it ran"},
    {"process_start", "clock ticks", "after the host's boot, as in /proc"},
    {"lease_until_ms", "ms", "until when its executor vouches for it, UTC since 1970; NULL so far"},
    {"resources_json", "JSON", "what it took while it ran"},
    {"provenance_json", "JSON", "versions, CPU and threads as the worker reported them"},
    {"log_path", "", "the file with what it printed"}};

constexpr FixedColumn kOfHistory[] = {
    {"run", "", "the run, by its id"},
    {"attempt", "", "the attempt, by its number within the run"},
    {"metric", "", "what was measured"},
    {"split", "", "of the data it was measured on; empty where the worker names none"},
    {"step", "", "when in the training; empty for a final figure"},
    {"value", "", "the figure; empty for NaN"},
    {"is_nan", "0 or 1", "1: the figure is NaN"}};

using Dictionary = std::vector<DictionaryEntry>;

void AddFixed(const std::string& file, const FixedColumn& column, Dictionary& dictionary) {
  const std::string expression =
      *column.expression ? column.expression : "v." + QuoteName(column.name);
  dictionary.push_back({file, column.name, column.unit, column.meaning, "sweepformer", expression});
}

/// A parameter as the worker declares it.
struct Declared {
  std::string unit;
  std::string doc;
};
using Declarations = std::map<std::string, Declared, NameLess>;

Result<Declarations> ParametersOf(const Connection& connection, const std::string& sweep) {
  SF_ASSIGN(Statement find,
            connection.Prepare(
                "SELECT p.value ->> 'name', p.value ->> 'unit', p.value ->> 'doc' FROM sweep s, "
                "json_each(iif(json_valid(s.description_json), s.description_json, '{}'), "
                "'$.parameters') p WHERE s.name = ?"));
  Declarations declarations;
  SF_ASSIGN(bool row, find.BindAll(sweep).Step());
  while (row) {
    declarations[find.Text(0)] = {find.Text(1), find.Text(2)};
    SF_ASSIGN(row, find.Step());
  }
  return declarations;
}

void AddParameters(const std::string& file, const Catalog& catalog, const Declarations& declared,
                   Dictionary& dictionary) {
  for (const std::string& name : catalog.parameters()) {
    const auto it = declared.find(name);
    const Declared one = it == declared.end() ? Declared() : it->second;
    dictionary.push_back({file, name, one.unit,
                          (one.doc.empty() ? "as in the spec" : one.doc) + "; empty if not in use",
                          "parameter", "v." + QuoteName(name)});
  }
}

std::string MeaningOf(const MetricSpec& metric) {
  constexpr std::string_view kGoals[] = {"", ", more is better", ", less is better"};
  return (metric.doc.empty() ? "as the worker reports it" : metric.doc) +
         std::string(kGoals[static_cast<std::size_t>(metric.goal)]);
}

void AddMetrics(const Catalog& catalog, Dictionary& dictionary) {
  for (const MetricSpec& metric : catalog.metrics()) {
    if (IsProbeMetric(metric.name)) continue;
    dictionary.push_back({"runs", metric.name, metric.unit,
                          MeaningOf(metric) + "; only of succeeded runs", "final metric",
                          "v." + QuoteName(metric.name)});
  }
}

void AddStatistics(const Catalog& catalog, Dictionary& dictionary) {
  const auto add = [&](const std::string& column, const std::string& unit,
                       const std::string& meaning) {
    dictionary.push_back({"cells", column, unit, meaning, "sweepformer", "v." + QuoteName(column)});
  };
  for (const MetricSpec& metric : catalog.metrics()) {
    const std::string& name = metric.name;
    const std::string counted = IsProbeMetric(name) ? "probes" : "runs";
    add(name + "_n", counted,
        "succeeded " + counted + " in the plan whose " + name + " is a number");
    add(name + "_mean", metric.unit, "mean of " + name + " over these");
    add(name + "_sd", metric.unit, "sample standard deviation over these; empty for fewer than 2");
  }
}

}  // namespace

Result<std::vector<DictionaryEntry>> DataDictionary(const Connection& connection,
                                                    const std::string& sweep) {
  SF_ASSIGN(const Catalog catalog, Catalog::Read(connection));
  SF_ASSIGN(const Declarations declared, ParametersOf(connection, sweep));
  Dictionary dictionary;
  for (const FixedColumn& column : kOfRuns) AddFixed("runs", column, dictionary);
  AddParameters("runs", catalog, declared, dictionary);
  AddMetrics(catalog, dictionary);
  for (const FixedColumn& column : kOfCells) AddFixed("cells", column, dictionary);
  AddParameters("cells", catalog, declared, dictionary);
  AddFixed("cells", kRunsOfCell, dictionary);
  AddStatistics(catalog, dictionary);
  for (const FixedColumn& column : kOfAttempts) AddFixed("attempts", column, dictionary);
  for (const FixedColumn& column : kOfHistory) AddFixed("history", column, dictionary);
  return dictionary;
}

}  // namespace sweepformer
