#include "tools/completion/settings.h"

#include <algorithm>
#include <cstdlib>

#include "orchestrator/exec/describe.h"
#include "orchestrator/spec/parse_spec.h"
#include "tools/planning/worker_choice.h"

namespace sweepformer::cli {
namespace {

/// Settings by name, in the order in which they are first named.
class SettingList {
 public:
  KnownSetting& Find(const std::string& name) {
    const auto it = std::find_if(all_.begin(), all_.end(), [&](const KnownSetting& setting) {
      return SameName(setting.name, name);
    });
    return it != all_.end() ? *it : all_.emplace_back(KnownSetting{name, "", {}});
  }

  void AddValue(const std::string& name, const std::string& value) {
    std::vector<std::string>& values = Find(name).values;
    const bool known = std::find(values.begin(), values.end(), value) != values.end();
    if (!known && !value.empty()) values.push_back(value);
  }

  std::vector<KnownSetting> Take() { return std::move(all_); }

 private:
  std::vector<KnownSetting> all_;
};

void AddSpec(const SweepSpec& spec, SettingList& list) {
  for (const Setting& setting : spec.base)
    list.AddValue(setting.name, FormatValue(setting.value.value));
  for (const GridDimension& dimension : spec.grid)
    for (const GridAxis& axis : dimension.columns)
      for (const SpecValue& value : axis.values) list.AddValue(axis.name, FormatValue(value.value));
}

void AddWorker(const WorkerDescription& worker, SettingList& list) {
  for (const ParameterSpec& parameter : worker.parameters) {
    list.Find(parameter.name).doc = parameter.doc;
    for (const std::string& choice : parameter.choices) list.AddValue(parameter.name, choice);
    if (parameter.type != ParameterType::kBoolean) continue;
    list.AddValue(parameter.name, "true");
    list.AddValue(parameter.name, "false");
  }
}

}  // namespace

std::string ExpandHome(const std::string& path) {
  const char* home = std::getenv("HOME");
  return home && path.starts_with("~/") ? home + path.substr(1) : path;
}

std::vector<KnownSetting> KnownSettings(const std::optional<std::string>& spec) {
  SettingList list;
  bool foreign = false;
  if (spec) {
    if (const auto parsed = ReadSweepSpec(ExpandHome(*spec)); parsed.ok()) {
      AddSpec(*parsed, list);
      foreign = parsed->worker.foreign();
    }
  }
  if (!foreign) {
    if (const auto worker = RecallDescription(BuiltInWorker()))
      AddWorker(worker->description, list);
  }
  return list.Take();
}

}  // namespace sweepformer::cli
