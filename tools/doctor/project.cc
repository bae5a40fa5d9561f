#include "tools/doctor/project.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "datasets/catalog.h"
#include "datasets/source_files.h"
#include "orchestrator/exec/capture.h"
#include "orchestrator/sched/holder.h"
#include "results/store.h"
#include "results/sweeps.h"
#include "tools/planning/worker_choice.h"
#include "tools/reading/orchestrator_watch.h"

namespace sweepformer {
namespace {

namespace fs = std::filesystem;

/// "what: remedy" of a message, as far as it has one.
Finding FromFailure(const std::string& what, Health health, const Status& status) {
  const std::string& message = status.message();
  const std::size_t cut = message.find("; ");
  if (cut == std::string::npos) return {what, health, message, ""};
  return {what, health, message.substr(0, cut), message.substr(cut + 2)};
}

Finding WorkerBuild(const fs::path& worker) {
  constexpr int kTimeoutMs = 30'000;
  auto words = CaptureOutput({worker.string(), "--version"}, kTimeoutMs);
  if (!words.ok()) return FromFailure("starts", Health::kMissing, words.status());
  while (words->ends_with('\n')) words->pop_back();
  std::replace(words->begin(), words->end(), '\n', ';');
  return {"starts", Health::kOk, *words, ""};
}

/// The nearest folder above `store` that is there.
fs::path FolderOf(const fs::path& store) {
  std::error_code unknown;
  fs::path folder = fs::absolute(store, unknown).parent_path();
  while (folder.has_relative_path() && !fs::is_directory(folder, unknown))
    folder = folder.parent_path();
  return folder;
}

Finding Disk(const fs::path& store) {
  constexpr double kGib = 1024.0 * 1024 * 1024;
  constexpr std::uintmax_t kLittle = 1024ull * 1024 * 1024;
  if (const Status local = CheckLocalDisk(store); !local.ok())
    return FromFailure("disk", Health::kMissing, local);
  const fs::path folder = FolderOf(store);
  std::error_code unknown;
  const fs::space_info space = fs::space(folder, unknown);
  const std::string words = fmt::format(
      "{:.1f} GiB free in {}", static_cast<double>(space.available) / kGib, folder.string());
  if (access(folder.c_str(), W_OK) != 0)
    return {"disk", Health::kMissing, folder.string() + " may not be written to",
            "name a store elsewhere with --store"};
  if (space.available >= kLittle) return {"disk", Health::kOk, words, ""};
  return {"disk", Health::kWarn, words, "make room, or name a store elsewhere with --store"};
}

Finding Store(const fs::path& file) {
  std::error_code unknown;
  if (!fs::exists(file, unknown))
    return {"store", Health::kAbsent,
            fmt::format("{} is not made yet; run makes it", file.string()), ""};
  const auto store = ResultStore::Peek(file);
  if (!store.ok()) return FromFailure("store", Health::kMissing, store.status());
  const auto schema = store->connection().QueryValue("PRAGMA user_version");
  const auto sweeps = ListSweeps(store->connection());
  if (!sweeps.ok()) return FromFailure("store", Health::kMissing, sweeps.status());
  return {
      "store", Health::kOk,
      fmt::format("{}: schema {}, {} sweep{}, {}", file.string(),
                  schema.ok() ? FormatValue(*schema) : "unknown", sweeps->size(),
                  sweeps->size() == 1 ? "" : "s",
                  OrchestratorWatch(file).IsGone() ? "held by nobody" : "held by an orchestrator"),
      ""};
}

Finding Data(const datasets::KnownSet& set, const fs::path& folder) {
  const std::string what = "data " + set.name;
  if (set.generate) return {what, Health::kOk, "generated", ""};
  if (set.layouts.empty()) return {what, Health::kOk, "files of your own, by data_path", ""};
  const auto files = datasets::FindFiles({set.name, folder, {}});
  if (files.ok()) return {what, Health::kOk, files->front().path.parent_path().string(), ""};
  const bool absent = files.status().code() == Code::kNotFound;
  if (absent && folder.empty()) return {what, Health::kAbsent, "no data folder is named", ""};
  if (absent) return {what, Health::kAbsent, "not below " + folder.string(), ""};
  return FromFailure(what, Health::kWarn, files.status());
}

}  // namespace

Findings LookAtWorker() {
  const auto worker = ChooseWorker(SweepSpec{});
  if (!worker.ok()) return {FromFailure("worker", Health::kMissing, worker.status())};
  const WorkerDescription& description = *worker->description;
  Finding described{
      "worker", Health::kOk,
      fmt::format("{}: version {}, {} parameters, {} metrics", BuiltInWorker().string(),
                  description.version, description.parameters.size(), description.metrics.size()),
      ""};
  return {std::move(described), WorkerBuild(BuiltInWorker())};
}

Findings LookAtStore(const fs::path& store) { return {Store(store), Disk(store)}; }

Findings LookAtData(const fs::path& folder) {
  Findings findings;
  bool absent = false;
  for (const datasets::KnownSet& set : datasets::KnownSets()) {
    findings.push_back(Data(set, folder));
    absent |= findings.back().health == Health::kAbsent;
  }
  if (absent)
    findings.back().remedy =
        "name the folder with --data DIR or SWEEPFORMER_DATA; 'sweepformer data list' says what "
        "is looked for";
  return findings;
}

}  // namespace sweepformer
