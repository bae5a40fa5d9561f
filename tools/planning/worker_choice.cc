#include "tools/planning/worker_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "datasets/catalog.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/hash.h"
#include "orchestrator/core/names.h"
#include "orchestrator/exec/describe.h"
#include "orchestrator/spec/check_value.h"

namespace sweepformer {
namespace {

/// Length before text, so that no two lists of texts give the same stream.
void Add(Hasher& hasher, std::string_view text) {
  hasher.Add(fmt::format("{}:", text.size()));
  hasher.Add(text);
}

Result<std::string> ForeignVersion(const SweepSpec& spec) {
  Hasher hasher;
  for (const SpecValue& argument : spec.worker.command) Add(hasher, FormatValue(argument.value));
  Add(hasher, spec.worker.version);
  for (const SpecValue& file : spec.worker.files) {
    const std::string name = FormatValue(file.value);
    const auto content = ReadFile(spec.folder / name);
    if (!content.ok()) return spec.source.Error(file.where, content.status().message());
    Add(hasher, name);
    Add(hasher, *content);
  }
  return hasher.Hex();
}

Result<WorkerChoice> ForeignWorker(const SweepSpec& spec) {
  WorkerChoice choice;
  SF_ASSIGN(choice.version, ForeignVersion(spec));
  for (const SpecValue& argument : spec.worker.command) {
    choice.command.push_back(FormatValue(argument.value));
  }
  return choice;
}

/// A default that its own declaration refuses would only show in the first run.
Status CheckDefaults(const WorkerDescription& description) {
  for (const ParameterSpec& parameter : description.parameters) {
    const auto problem = CheckValue(parameter, parameter.default_value);
    if (!problem) continue;
    return InvalidArgument(fmt::format(
        "the description of the worker {}: the default of '{}' is not what it declares: {}",
        description.worker, parameter.name, *problem));
  }
  return {};
}

}  // namespace

bool WorkerChoice::reads_known_sets() const {
  const ParameterSpec* dataset = description ? description->FindParameter("dataset") : nullptr;
  if (!dataset) return false;
  const std::vector<std::string>& sets = dataset->choices;
  return std::find(sets.begin(), sets.end(), datasets::kDefaultDataset) != sets.end() &&
         std::all_of(sets.begin(), sets.end(),
                     [](const std::string& set) { return datasets::FindSet(set).ok(); });
}

bool WorkerChoice::probes() const {
  if (!description) return false;
  return std::any_of(description->metrics.begin(), description->metrics.end(),
                     [](const MetricSpec& metric) { return IsProbeMetric(metric.name); });
}

std::vector<std::string> WorkerChoice::ParametersOf(const SweepSpec& spec) const {
  if (foreign()) return spec.ParameterNames();
  std::vector<std::string> names;
  for (const ParameterSpec& parameter : description->parameters) names.push_back(parameter.name);
  return names;
}

std::filesystem::path ProgramFolder() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
}

std::filesystem::path BuiltInWorker() {
  if (const char* named = std::getenv("SWEEPFORMER_WORKER"); named && *named) {
    const std::filesystem::path file = named;
    return file.has_parent_path() ? file : "." / file;  // a bare name would be looked for in PATH
  }
  return ProgramFolder() / "sweepformer-worker";
}

Result<WorkerChoice> ChooseWorker(const SweepSpec& spec) {
  if (spec.worker.foreign()) return ForeignWorker(spec);
  const std::filesystem::path worker = BuiltInWorker();
  SF_ASSIGN(DescribedWorker described, DescribeWorker(worker));
  SF_TRY(CheckDefaults(described.description));
  WorkerChoice choice;
  choice.version = described.description.version;
  choice.description = std::move(described.description);
  choice.description_json = std::move(described.json);
  choice.command = {worker.string(), "--run"};
  if (choice.description->serves) choice.serve_command = {worker.string(), "--serve"};
  return choice;
}

}  // namespace sweepformer
