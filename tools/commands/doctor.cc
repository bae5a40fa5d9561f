#include <fmt/format.h>
#include <sys/sysinfo.h>

#include <nlohmann/json.hpp>

#include "datasets/catalog.h"
#include "datasets/fingerprint.h"
#include "orchestrator/exec/cpu_shares.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"
#include "tools/version.h"

namespace sweepformer::cli {
namespace {

/// One thing looked at.
struct Finding {
  std::string what;
  bool fine = true;
  std::string words;
};

Finding Machine() {
  struct sysinfo facts {};
  sysinfo(&facts);
  const double gib = static_cast<double>(facts.totalram) * facts.mem_unit / (1 << 30);
  return {"machine", true,
          fmt::format("{} cores to use, {:.1f} GiB of memory", UsableCpus().size(), gib)};
}

Finding Worker() {
  const auto worker = ChooseWorker(SweepSpec{});
  if (!worker.ok()) return {"worker", false, worker.status().message()};
  const WorkerDescription& description = *worker->description;
  return {
      "worker", true,
      fmt::format("{}, version {}, {} parameters, {} metrics", description.worker,
                  description.version, description.parameters.size(), description.metrics.size())};
}

Finding Data(const std::string& name, const std::filesystem::path& folder) {
  const auto request = datasets::RequestFrom({{"dataset", name}}, folder);
  const Status status = request.ok() ? datasets::Fingerprint(*request).status() : request.status();
  return {"data " + name, status.ok(), status.ok() ? "found" : status.message()};
}

Result<int> Doctor(const Arguments& arguments) {
  std::vector<Finding> findings = {{"version", true, std::string(kVersion)}, Machine(), Worker()};
  for (const std::string& name : datasets::SetNames()) {
    findings.push_back(Data(name, DataFolder(arguments)));
  }
  nlohmann::ordered_json json = {{"version", 1}, {"findings", nlohmann::ordered_json::array()}};
  for (const Finding& one : findings) {
    json["findings"].push_back({{"what", one.what}, {"fine", one.fine}, {"words", one.words}});
    if (!arguments.Has("json")) {
      fmt::print("{:<3} {:<22} {}\n", one.fine ? "ok" : "--", one.what, one.words);
    }
  }
  if (arguments.Has("json")) fmt::print("{}\n", json.dump(2));
  return kExitOk;
}

}  // namespace

Command DoctorCommand() {
  Command command;
  command.name = "doctor";
  command.about = "Says what this machine can do, and what is missing.";
  command.options = {DataOption(), JsonOption()};
  command.examples = {{"sweepformer doctor --data ../shared/data", "is everything there?"}};
  command.run = Doctor;
  return command;
}

}  // namespace sweepformer::cli
