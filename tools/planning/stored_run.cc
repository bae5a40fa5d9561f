#include "tools/planning/stored_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "orchestrator/spec/expand.h"
#include "orchestrator/spec/parse_spec.h"
#include "tools/planning/data_check.h"

namespace sweepformer {
namespace {

Result<std::string> ParentCell(const Connection& connection, const std::string& parent) {
  if (parent.empty()) return std::string();
  SF_ASSIGN(Statement find,
            connection.Prepare("SELECT cell FROM run JOIN cell USING(cell_key) WHERE id = ?"));
  SF_ASSIGN(const bool found, find.BindAll(parent).Step());
  return found ? find.Text(0) : std::string();
}

Result<bool> HasHeirs(const Connection& connection, const std::string& run) {
  SF_ASSIGN(Statement find, connection.Prepare("SELECT 1 FROM run WHERE parent = ? LIMIT 1"));
  return find.BindAll(run).Step();
}

Result<RunConfig> ConfigOf(const Connection& connection, const RunRecord& run) {
  RunContent content;
  if (run.kind == RunKindWord(RunKind::kProbe)) {
    return InvalidArgument(
        fmt::format("run {} is a probe, and no measurement repeats exactly; rerun takes trainings",
                    run.id.substr(0, 8)));
  }
  for (const auto& [name, value] : run.parameters) content.parameters.emplace(name, value);
  content.seed = run.seed;
  content.dataset_fingerprint = run.dataset_fingerprint;
  content.worker_version = run.worker_version;
  content.parent = run.parent;
  SF_ASSIGN(content.parent_cell, ParentCell(connection, run.parent));
  RunConfig config(content);
  if (config.id() == run.id) return config;
  return Internal(
      fmt::format("run {}: what the store has of it makes the id {}", run.id, config.id()));
}

Status CheckWorker(const WorkerChoice& worker, const RunRecord& run) {
  if (worker.version == run.worker_version) return {};
  return InvalidArgument(
      fmt::format("run {} was made by version {} of its worker and here is version {}, whose "
                  "figures may differ; use that version to carry it out again",
                  run.id.substr(0, 8), run.worker_version, worker.version));
}

Status CheckData(const RunConfig& config, const RunRecord& run,
                 const std::filesystem::path& data_folder) {
  SF_ASSIGN(const std::string fingerprint,
            DataCheck(data_folder).FingerprintOf(config.parameters()));
  if (fingerprint == run.dataset_fingerprint) return {};
  return InvalidArgument(
      fmt::format("run {} read data of fingerprint {} and those here have {}; name the folder of "
                  "its data with --data",
                  run.id.substr(0, 8), run.dataset_fingerprint, fingerprint));
}

/// What the spec says of the run's cell; its plain limits where the command line had replaced what
/// the spec says of the parameters.
Limits LimitsOf(const SweepSpec& spec, const WorkerChoice& worker, const RunConfig& config) {
  const auto expansion = Expansion::Make(spec, worker.described());
  const auto cells = expansion.ok() ? expansion->Cells() : expansion.status();
  if (!cells.ok()) return spec.limits;
  for (const Cell& cell : *cells) {
    if (cell.parameters.All() == config.parameters()) return cell.terms->limits;
  }
  return spec.limits;
}

std::optional<int> NumberIn(const std::string& json, const char* name) {
  const auto object = nlohmann::json::parse(json, nullptr, false);
  if (!object.is_object() || !object.contains(name) || !object[name].is_number()) return {};
  const double number = object[name].get<double>();  // a worker may say anything
  if (!(std::abs(number) <= std::numeric_limits<int>::max())) return {};
  return static_cast<int>(number);
}

/// As many as the worker of its last attempt said or, where it said nothing, as the attempt was
/// given; older stores know only for how many CPUs it was admitted.
int ThreadsOf(const RunRecord& run, const Limits& limits) {
  int threads = 1;
  for (const AttemptRow& attempt : run.attempts) {
    auto used = NumberIn(attempt.provenance_json, "threads");
    if (!used) used = NumberIn(attempt.resources_json, "threads");
    if (!used && !limits.cpus) used = NumberIn(attempt.resources_json, "cpus");
    threads = std::max(1, used.value_or(threads));
  }
  return threads;
}

}  // namespace

Result<StoredRun> ReadStoredRun(const Connection& connection, const RunRecord& run,
                                const std::filesystem::path& data_folder,
                                std::optional<int> threads) {
  SF_ASSIGN(RunConfig config, ConfigOf(connection, run));
  SF_ASSIGN(const std::string text, LastSpecOf(connection, run.id));
  SF_ASSIGN(SweepSpec spec, ParseStoredSpec(text));
  SF_ASSIGN(WorkerChoice worker, ChooseWorker(spec));
  SF_TRY(CheckWorker(worker, run));
  if (worker.reads_known_sets()) SF_TRY(CheckData(config, run, data_folder));
  const Limits limits = LimitsOf(spec, worker, config);
  const int used = threads.value_or(ThreadsOf(run, limits));
  const auto terms =
      std::make_shared<const LaunchTerms>(LaunchTerms{"", limits, NeedOf(limits, used)});
  SF_ASSIGN(const bool keep_weights, HasHeirs(connection, run.id));
  PlannedWork work{std::move(config), terms, keep_weights};
  std::vector<std::string> parameters = worker.ParametersOf(spec);
  return StoredRun{std::move(work), std::move(worker), std::move(parameters), spec.retry, used};
}

}  // namespace sweepformer
