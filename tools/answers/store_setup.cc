#include "tools/answers/store_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

namespace sweepformer::testing {
namespace {

/// 2026-01-01T00:00:00Z: when the first sweep of every store is launched; the next an hour later.
constexpr std::int64_t kBeginMs = 1'767'225'600'000;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kMinuteMs = 60'000;

/// A run's line by the names of its columns, absent ones left out.
using Fields = std::map<std::string, std::string>;

/// One run to register and to carry out.
struct Row {
  SweepMember member;
  Fields measured;  ///< what stands right of `seed`
};

std::vector<std::string> SplitAt(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

/// "name:unit" as its two parts.
MetricSpec MetricOf(const std::string& column) {
  MetricSpec metric;
  const std::size_t colon = column.find(':');
  metric.name = column.substr(0, colon);
  if (colon != std::string::npos) metric.unit = column.substr(colon + 1);
  return metric;
}

bool IsCurve(const std::string& column) { return column.find('/') != std::string::npos; }
bool IsOfAttempt(const std::string& column) { return column.starts_with('@'); }

/// "sweep NAME maximize=M minimize=M".
Status ReadHead(const std::string& line, Registration& registration) {
  const std::vector<std::string> words = WordsOf(line);
  if (words.size() < 2) return InvalidArgument(line + ": write 'sweep NAME [maximize=M]'");
  registration.sweep = words[1];
  for (std::size_t i = 2; i < words.size(); ++i) {
    const std::string& word = words[i];
    const std::string value = word.substr(std::min(word.find('=') + 1, word.size()));
    if (word.starts_with("maximize=")) {
      registration.maximize.push_back(value);
    } else if (word.starts_with("minimize=")) {
      registration.minimize.push_back(value);
    } else {
      return InvalidArgument(line + ": only maximize=M and minimize=M may follow the name");
    }
  }
  return {};
}

Status ReadColumns(const std::vector<std::string>& columns, Registration& registration) {
  const auto seed = std::find(columns.begin(), columns.end(), "seed");
  if (seed == columns.end()) return InvalidArgument("a table of runs needs a column 'seed'");
  registration.parameters.assign(columns.begin(), seed);
  for (auto it = seed + 1; it != columns.end(); ++it) {
    if (!IsCurve(*it) && !IsOfAttempt(*it)) registration.metrics.push_back(MetricOf(*it));
  }
  return {};
}

Result<Row> ReadRow(const std::vector<std::string>& columns, const std::string& line) {
  const std::vector<std::string> words = WordsOf(line);
  if (words.size() != columns.size()) {
    return InvalidArgument(fmt::format("{}: {} values for {} columns; - stands for none", line,
                                       words.size(), columns.size()));
  }
  RunContent content;
  content.worker_version = "1";
  Fields measured;
  bool before_seed = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (columns[i] == "seed") {
      content.seed = std::get<std::int64_t>(ParseValue(words[i]));
      before_seed = false;
    } else if (words[i] != "-") {
      if (before_seed) content.parameters[columns[i]] = Canonical(ParseValue(words[i]));
      if (!before_seed) measured[columns[i]] = words[i];
    }
  }
  const std::string label = measured.contains("@label") ? measured.at("@label") : "";
  return Row{{RunConfig(content), label}, measured};
}

std::string FieldOr(const Row& row, const std::string& name, const std::string& otherwise) {
  const auto it = row.measured.find(name);
  return it == row.measured.end() ? otherwise : it->second;
}

double Number(const std::string& text) { return AsDouble(ParseValue(text)); }

/// Final metrics and, one step per value, the points of curves.
std::vector<Measurement> MeasurementsOf(const Row& row) {
  std::vector<Measurement> all;
  for (const auto& [column, text] : row.measured) {
    if (IsOfAttempt(column)) continue;
    if (!IsCurve(column)) {
      all.push_back({MetricOf(column).name, "", {}, Number(text)});
      continue;
    }
    const std::size_t slash = column.find('/');
    std::int64_t step = 0;
    for (const std::string& value : SplitAt(text, ','))
      all.push_back({column.substr(0, slash), column.substr(slash + 1), ++step, Number(value)});
  }
  return all;
}

AttemptEnd EndOf(const Row& row, const AttemptTicket& ticket, Outcome outcome,
                 std::int64_t started_ms) {
  AttemptEnd end;
  end.key = ticket.key;
  end.outcome = outcome;
  end.next_state = outcome == Outcome::kCompleted ? RunState::kSucceeded : RunState::kFailed;
  end.ended_ms = started_ms + static_cast<std::int64_t>(1000 * Number(FieldOr(row, "@wall", "1")));
  if (row.measured.contains("@cpu")) end.cpu_seconds = Number(row.measured.at("@cpu"));
  if (row.measured.contains("@rss")) {
    end.peak_rss_bytes = static_cast<std::int64_t>(Number(row.measured.at("@rss")));
    end.peak_rss_method = "wait4";
  }
  if (outcome != Outcome::kCompleted) {
    end.error = FieldOr(row, "@error", "");
    return end;
  }
  end.exit_code = 0;
  for (const Measurement& one : MeasurementsOf(row))
    if (!one.step) end.final_metrics[one.metric] = one.value;
  if (!row.measured.contains("@hits")) return end;
  std::vector<bool>& hits = end.test_hits.emplace();
  for (const char bit : row.measured.at("@hits")) hits.push_back(bit == '1');
  return end;
}

/// One attempt that ends so, or has not ended (`word` is "running").
Status Attempt(ResultStore& store, const Row& row, const std::string& word, std::int64_t at_ms) {
  AttemptStart start;
  start.host = FieldOr(row, "@host", "ada");
  start.boot_id = "boot";
  start.resources_json = R"({"cpus":1})";
  start.log_folder = "sweepformer.db.runs";
  start.started_ms = at_ms;
  SF_ASSIGN(const AttemptTicket ticket, store.BeginAttempt(row.member.config.id(), start));
  if (row.measured.contains("@provenance"))
    SF_TRY(store.RecordProvenance(ticket.key, row.measured.at("@provenance")));
  std::vector<std::pair<std::int64_t, Measurement>> measurements;
  for (Measurement& one : MeasurementsOf(row)) measurements.emplace_back(ticket.key, one);
  SF_TRY(store.AppendMeasurements(measurements));
  if (word == "running") return {};
  const auto outcome = ParseOutcome(word);
  if (!outcome) return InvalidArgument(word + ": no outcome of an attempt");
  return store.FinishAttempt(EndOf(row, ticket, *outcome, at_ms)).status();
}

/// All attempts of a run that has not already succeeded.
Status CarryOut(ResultStore& store, const Row& row, std::int64_t& clock_ms) {
  const std::string& id = row.member.config.id();
  SF_ASSIGN(const auto standing, store.StandingOf({&id, 1}));
  const std::string outcomes = FieldOr(row, "@outcome", "completed");
  if (standing.at(id).state == RunState::kSucceeded || outcomes == "pending") return {};
  for (const std::string& word : SplitAt(outcomes, ',')) {
    SF_TRY(Attempt(store, row, word, clock_ms));
    clock_ms += kMinuteMs;
  }
  return {};
}

Result<std::int64_t> LaunchTime(const ResultStore& store) {
  SF_ASSIGN(const Value sweeps, store.connection().QueryValue("SELECT count(*) FROM sweep"));
  return kBeginMs + (std::get<std::int64_t>(sweeps) - 1) * kHourMs;
}

/// The store notes the time of day, which is another every time.
Status SetLaunchTime(const ResultStore& store, const std::string& sweep, std::int64_t at_ms) {
  SF_ASSIGN(Statement update, store.connection().Prepare(
                                  "UPDATE sweep SET first_launched_ms = ?1, last_launched_ms = ?1 "
                                  "WHERE name = ?2"));
  return update.BindAll(at_ms, sweep).Run();
}

}  // namespace

std::vector<std::string> WordsOf(const std::string& line) {
  std::vector<std::string> words;
  bool quoted = false, within = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
      if (quoted && !within) words.emplace_back();
      within = true;
    } else if (c == ' ' && !quoted) {
      within = false;
    } else {
      if (!within) words.emplace_back();
      within = true;
      words.back() += c;
    }
  }
  return words;
}

Status AddSweep(ResultStore& store, const std::vector<std::string>& lines) {
  if (lines.size() < 2) return InvalidArgument("a sweep without a table of runs");
  Registration registration;
  registration.worker = "toy";
  registration.worker_version = "1";
  SF_TRY(ReadHead(lines[0], registration));
  const std::vector<std::string> columns = WordsOf(lines[1]);
  SF_TRY(ReadColumns(columns, registration));
  std::vector<Row> rows;
  for (std::size_t i = 2; i < lines.size(); ++i) {
    SF_ASSIGN(Row row, ReadRow(columns, lines[i]));
    registration.runs.push_back(row.member);
    rows.push_back(std::move(row));
  }
  SF_TRY(store.RegisterRuns(registration));
  SF_ASSIGN(std::int64_t clock_ms, LaunchTime(store));
  SF_TRY(SetLaunchTime(store, registration.sweep, clock_ms));
  for (const Row& row : rows) SF_TRY(CarryOut(store, row, clock_ms));
  return {};
}

}  // namespace sweepformer::testing
