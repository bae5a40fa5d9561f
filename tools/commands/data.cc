#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "datasets/catalog.h"
#include "datasets/inspection.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"
#include "tools/commands/data_fetch.h"
#include "tools/commands/data_inspect.h"
#include "tools/fetch/downloads.h"

namespace sweepformer::cli {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

/// A known set and whether it can be read. Stored in scripts: generated, found, missing, broken,
/// and named of one whose files only a spec's data_path can name.
struct Standing {
  const datasets::KnownSet* set;
  std::string state;
  std::vector<datasets::SourceFile> files;
  std::string problem;  ///< what is wrong and what to type, where something is
};

Standing StandingOf(const datasets::KnownSet& set, const fs::path& folder) {
  if (set.generate) return {&set, "generated", {}, ""};
  if (set.layouts.empty()) return {&set, "named", {}, ""};
  auto files = datasets::FindFiles({set.name, folder, {}});
  if (files.ok()) return {&set, "found", std::move(files).value(), ""};
  const bool missing = files.status().code() == Code::kNotFound;
  return {&set, missing ? "missing" : "broken", {}, files.status().message()};
}

/// Of the files that are there; folders are not looked into.
std::int64_t SizeOf(const Standing& one) {
  std::int64_t bytes = 0;
  for (const datasets::SourceFile& file : one.files) {
    std::error_code error;
    if (fs::is_regular_file(file.path, error))
      bytes += static_cast<std::int64_t>(fs::file_size(file.path, error));
  }
  return bytes;
}

std::string Megabytes(std::int64_t bytes) {
  return fmt::format("{:.1f} MB", 1e-6 * static_cast<double>(bytes));
}

/// "84.1 MB to fetch; cite the authors; Maas et al.: ...", "" of a set that has no publisher.
std::string OriginLine(const Standing& one) {
  const fetch::Origin* origin = fetch::OriginOf(one.set->name);
  if (!origin) return "";
  std::string size = one.files.empty() ? "to get by hand" : "a folder";
  if (const std::int64_t bytes = SizeOf(one); bytes > 0)
    size = Megabytes(bytes);
  else if (one.files.empty() && !origin->files.empty())
    size = Megabytes(fetch::BytesOf(*origin)) + " to fetch";
  return fmt::format("{}; licence: {}; {}", size, origin->licence, origin->citation);
}

Json OriginJson(const Standing& one) {
  const fetch::Origin* origin = fetch::OriginOf(one.set->name);
  if (!origin) return nullptr;
  return {{"licence", origin->licence},
          {"citation", origin->citation},
          {"download_bytes", fetch::BytesOf(*origin)},
          {"by_hand", origin->by_hand}};
}

Json FilesJson(const std::vector<datasets::SourceFile>& files) {
  Json json = Json::array();
  for (const datasets::SourceFile& file : files) json.push_back(file.path.string());
  return json;
}

/// Text of users' files may hold any bytes; JSON may not.
std::string Dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

void PrintListJson(const std::vector<Standing>& standings) {
  Json json = {{"version", 1}, {"sets", Json::array()}, {"warnings", Json::array()}};
  for (const Standing& one : standings)
    json["sets"].push_back({{"name", one.set->name},
                            {"state", one.state},
                            {"about", one.set->about},
                            {"files", FilesJson(one.files)},
                            {"bytes", SizeOf(one)},
                            {"origin", OriginJson(one)},
                            {"problem", one.problem}});
  fmt::print("{}\n", Dump(json));
}

void PrintList(const std::vector<Standing>& standings) {
  for (const Standing& one : standings) {
    fmt::print("{:<18} {:<10} {}\n", one.set->name, one.state, one.set->about);
    if (const std::string origin = OriginLine(one); !origin.empty())
      fmt::print("{:<29} {}\n", "", origin);
  }
  for (const Standing& one : standings)
    if (!one.problem.empty()) fmt::print("\n{}\n", one.problem);
}

/// Without a folder the list says which sets are known; with one that is not there, nothing true.
Status CheckFolder(const fs::path& folder) {
  std::error_code error;
  if (folder.empty() || fs::is_directory(folder, error)) return {};
  return InvalidArgument(fmt::format(
      "the data folder '{}' {}; say where the data are with --data DIR or SWEEPFORMER_DATA",
      folder.string(), fs::exists(folder, error) ? "is no folder" : "does not exist"));
}

Result<int> List(const Arguments& arguments) {
  const fs::path folder = DataFolder(arguments);
  SF_TRY(CheckFolder(folder));
  std::vector<Standing> standings;
  for (const datasets::KnownSet& set : datasets::KnownSets())
    standings.push_back(StandingOf(set, folder));
  arguments.Has("json") ? PrintListJson(standings) : PrintList(standings);
  return kExitOk;
}

Result<int> RunData(const Arguments& arguments) {
  if (arguments.Text("ACTION") == "inspect") return InspectData(arguments);
  if (arguments.Text("ACTION") == "fetch") return FetchData(arguments);
  if (const auto surplus = arguments.Text("SET"))
    return InvalidArgument(
        fmt::format("list takes no name; did you mean 'sweepformer data inspect {}'?", *surplus));
  return List(arguments);
}

}  // namespace

Command DataCommand() {
  Command command;
  command.name = "data";
  command.about = "Lists the known data sets, downloads one, or looks into one.";
  command.positionals = {{"ACTION", true, {"list", "fetch", "inspect"}}, {"SET", false}};
  command.options = {DataOption(),
                     {"set", 0, "K=V", "inspect: read it with this parameter's value", true},
                     JsonOption()};
  command.examples = {
      {"sweepformer data list --data ../shared/data", "which sets are known, and which are there"},
      {"sweepformer data fetch imdb --data ../data", "download a set; again: go on where it broke"},
      {"sweepformer data inspect blitzer --data ../shared/data",
       "rows, duplicates, classes and lengths of one set"},
      {"sweepformer data inspect reviews.csv", "the same of a file in the form of a known set"},
      {"sweepformer data inspect mine.csv --set body_column=text --set label_column=stars",
       "the same of a table of your own: it asks for what else it needs to know"}};
  command.details =
      "A known set is found by its publisher's file or folder name up to three levels below DIR.\n"
      "inspect shows what training would see: the first of equal reviews is kept, reviews that\n"
      "take no side or hold no text are dropped, and each drop is counted.";
  command.details +=
      "\n\nfetch downloads from the publisher's address, or from a mirror of it, and takes only "
      "what\n"
      "has the published SHA-256. list says what a set's authors ask for.";
  command.run = RunData;
  return command;
}

}  // namespace sweepformer::cli
