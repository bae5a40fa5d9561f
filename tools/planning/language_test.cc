#include <catch2/catch.hpp>
#include <filesystem>

#include "orchestrator/core/golden.h"
#include "orchestrator/exec/description_json.h"
#include "orchestrator/spec/check_goal.h"
#include "orchestrator/spec/expand.h"
#include "orchestrator/spec/parse_spec.h"

/// The grid language against files: what a spec's cells are and what each mistake is answered, word
/// for word, with the built-in worker's description. Beside NAME.toml lies NAME.txt with what is
/// expected (core/golden.h says how these files are written anew).

using namespace sweepformer;
using sweepformer::testing::CheckGolden;

namespace {

const std::filesystem::path kTestdata =
    std::filesystem::path(SWEEPFORMER_SOURCE_DIR) / "orchestrator/spec/testdata";

const WorkerDescription& BuiltIn() {
  static const WorkerDescription description =
      ParseDescription(ReadFile(kTestdata / "worker.json").value()).value();
  return description;
}

Result<Expansion> Expand(const SweepSpec& spec) {
  const WorkerDescription* worker = spec.worker.foreign() ? nullptr : &BuiltIn();
  SF_TRY(CheckGoal(spec, worker));
  return Expansion::Make(spec, worker, {}, 1000);
}

/// `text` with the folder of the files left out, so that it is the same everywhere.
std::string WithoutFolder(std::string text, const std::filesystem::path& folder) {
  const std::string prefix = folder.string() + "/";
  for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at))
    text.erase(at, prefix.size());
  return text;
}

std::string ErrorOf(const std::filesystem::path& file) {
  const auto spec = ReadSweepSpec(file);
  const Status status = spec.ok() ? Expand(*spec).status() : spec.status();
  return WithoutFolder(status.message(), file.parent_path()) + "\n";
}

/// What of a cell its spec decides: a line "name=value ...", defaults left out, then limits.
std::string CellLine(const Cell& cell, const SweepSpec& spec) {
  std::string line;
  const Parameters parameters = cell.parameters.All();
  for (const std::string& name : spec.ParameterNames())
    if (const auto found = parameters.find(name); found != parameters.end())
      line += found->first + "=" + FormatValue(found->second) + " ";
  const auto& [label, limits] = *cell.terms;
  if (limits.cpus) line += "| cpus " + FormatNumber(*limits.cpus) + " ";
  if (limits.mem_bytes) line += "| mem " + std::to_string(*limits.mem_bytes) + " ";
  if (limits.timeout_s) line += "| timeout " + FormatNumber(*limits.timeout_s) + " ";
  if (!label.empty()) line += "| " + label + " ";
  if (!line.empty()) line.pop_back();
  return line + "\n";
}

std::string CellsOf(const std::filesystem::path& file) {
  const auto spec = ReadSweepSpec(file);
  if (!spec.ok()) return spec.status().message();
  const auto expansion = Expand(*spec);
  if (!expansion.ok()) return expansion.status().message();
  std::string lines;
  for (const ExclusionCount& rule : expansion->exclusions())
    lines += "dropped " + std::to_string(rule.dropped) + ": " + rule.why + "\n";
  const auto cells = expansion->Cells();
  if (!cells.ok()) return cells.status().message();
  for (const Cell& cell : *cells) lines += CellLine(cell, *spec);
  return lines;
}

/// Compares `answer` with the file beside each spec of `folder`; returns how many there were.
int CompareAll(const std::string& folder, std::string (*answer)(const std::filesystem::path&)) {
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kTestdata / folder)) {
    std::filesystem::path file = entry.path();
    if (file.extension() != ".toml") continue;
    const std::string said = answer(file);
    CheckGolden(file.replace_extension(".txt"), said);
    ++compared;
  }
  return compared;
}

}  // namespace

TEST_CASE("every mistake in a spec is answered word for word", "[language][golden]") {
  CHECK(CompareAll("errors", ErrorOf) >= 40);
}

TEST_CASE("every spec has the cells it describes, in order", "[language][golden]") {
  CHECK(CompareAll("cells", CellsOf) >= 7);
}
