#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "datasets/catalog.h"
#include "datasets/request.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/printable.h"
#include "orchestrator/core/unique_fd.h"
#include "orchestrator/spec/parse_spec.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"
#include "tools/embedded.h"

namespace sweepformer::cli {
namespace {

void Replace(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
}

/// Expressions that a small model can take in whole.
std::string LengthsOf(const datasets::KnownSet& set) {
  if (set.name != "listops") return "";
  return "listops_min_length = 4\nlistops_max_length = 24\n";
}

/// What a table of one's own has to be told.
std::string ColumnsOf(const datasets::KnownSet& set) {
  if (set.name != datasets::kCustom) return "";
  return "data_path    = [\"mine.csv\"] # `sweepformer data inspect FILE` looks into it\n"
         "body_column  = \"text\"\n"
         "label_column = \"label\"\n"
         "label_values = [\"no\", \"yes\"]\n";
}

/// The starter spec; InvalidArgument if the file's name gives no name for a sweep.
Result<std::string> StarterSpec(const std::filesystem::path& file, const datasets::KnownSet& set) {
  std::string text(kStarterSpec);
  Replace(text, "@FILE@", file.string());
  Replace(text, "@NAME@", file.stem().string());
  Replace(text, "@DATASET@", set.name);
  const bool titles = set.has_titles && set.name != datasets::kCustom;
  Replace(text, "@ROWS@", set.generate ? "rows       = 2000\n" + LengthsOf(set) : ColumnsOf(set));
  Replace(text, "@INPUT@", set.pairs ? "both" : titles ? "title" : "body");
  Replace(text, "@LENGTH@", set.pairs ? "64" : titles ? "16" : "24");
  const auto spec = ParseSweepSpec(file.string(), text);
  if (spec.ok()) return text;
  return InvalidArgument(fmt::format(
      "a sweep cannot be called '{}', as {} would be; name the file with letters, digits, - and _",
      file.stem().string(), file.string()));
}

/// Makes the file, all of it or none; never replaces one.
Status WriteNew(const std::filesystem::path& file, std::string_view text) {
  const UniqueFd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd.valid() && errno == EEXIST) {
    return InvalidArgument(fmt::format(
        "{} is there already and is left as it is; name another file: sweepformer init FILE",
        file.string()));
  }
  if (!fd.valid())
    return IoError(fmt::format("{}: cannot be written: {}; check the folder", file.string(),
                               std::strerror(errno)));
  const Status written = WriteAll(fd.get(), text, file);
  if (!written.ok()) unlink(file.c_str());
  return written;
}

Result<int> Init(const Arguments& arguments) {
  std::filesystem::path file = arguments.Text("FILE").value_or("sweep.toml");
  if (!file.has_extension()) file += ".toml";
  SF_ASSIGN(const datasets::KnownSet* set, datasets::FindSet(arguments.Text("dataset").value_or(
                                               std::string(datasets::kDefaultDataset))));
  SF_ASSIGN(const std::string text, StarterSpec(file, *set));
  SF_TRY(WriteNew(file, text));
  fmt::print("wrote {}; next: sweepformer plan {}{}\n", file.string(), ShellWord(file.string()),
             set->generate || set->layouts.empty() ? "" : " --data DIR");
  return kExitOk;
}

}  // namespace

Command InitCommand() {
  Command command;
  command.name = "init";
  command.about = "Writes a spec to start from, with every part explained.";
  command.positionals = {{"FILE", false}};
  command.options = {{"dataset", 0, "SET", "the data it trains on (default: synthetic-reviews)"}};
  command.examples = {{"sweepformer init mine.toml", "a sweep called mine that runs as it is"},
                      {"sweepformer init books.toml --dataset blitzer", "one on other data"}};
  command.details = "Without FILE it is sweep.toml. A file that is there already is left as it is.";
  command.run = Init;
  return command;
}

}  // namespace sweepformer::cli
