#include "tools/commands/data_inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "datasets/inspection.h"
#include "datasets/parameters.h"
#include "orchestrator/core/printable.h"
#include "orchestrator/core/suggest.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/common.h"

namespace sweepformer::cli {
namespace {

using Json = nlohmann::ordered_json;
using datasets::CorpusCounts;
using datasets::Inspection;
using datasets::LengthProfile;
using datasets::Review;

Json ProfileJson(const LengthProfile& profile) {
  return {{"shortest", profile.shortest}, {"p10", profile.p10}, {"median", profile.median},
          {"p90", profile.p90},           {"p99", profile.p99}, {"longest", profile.longest},
          {"mean", profile.mean}};
}

Json SampleJson(const Inspection& inspection) {
  Json sample = Json::array();
  for (const Review& review : inspection.sample)
    sample.push_back({{"label", review.label}, {"title", review.title}, {"body", review.body}});
  return sample;
}

void PrintJson(const Inspection& inspection) {
  const CorpusCounts& counts = inspection.counts;
  Json files = Json::array();
  for (const datasets::SourceFile& file : inspection.files) files.push_back(file.Name());
  Json json = {{"version", 1},
               {"set", inspection.set},
               {"files", std::move(files)},
               {"fingerprint", inspection.fingerprint},
               {"rows_read", counts.rows_read},
               {"duplicates", counts.duplicates},
               {"contradictory", counts.contradictory},
               {"also_in_test", counts.also_in_test},
               {"neutral", counts.neutral},
               {"empty", counts.empty},
               {"untitled", counts.untitled},
               {"other_domain", counts.other_domain},
               {"kept", counts.kept},
               {"classes", inspection.classes},
               {"kept_of_label", counts.kept_of},
               {"parts", Json::object()},
               {"without_title", counts.kept_without_title},
               {"without_body", counts.kept_without_body},
               {"title_words", ProfileJson(inspection.title)},
               {"body_words", ProfileJson(inspection.body)},
               {"sample", SampleJson(inspection)},
               {"warnings", Json::array()}};
  for (const datasets::PartBalance& part : inspection.parts)
    json["parts"][part.part] = part.of_label;
  if (counts.kept_of.size() == 2) {
    json["negative"] = counts.kept_of[0];
    json["positive"] = counts.kept_of[1];
  }
  // Text of users' files may hold any bytes; JSON may not.
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

/// Wide enough for the names of classes, within reason.
class Rows {
 public:
  explicit Rows(const std::vector<std::string>& classes) {
    for (const std::string& name : classes)
      width_ = std::max(width_, std::min(name.size(), kWidest));
  }

  void Print(std::string_view what, const std::string& text) const {
    fmt::print("  {:<{}}  {}\n", Printable(what), width_, text);
  }

 private:
  static constexpr std::size_t kWidest = 20;
  std::size_t width_ = 12;
};

/// "1,395 entailment, 1,370 not_entailment"
std::string Balance(const std::vector<std::int64_t>& of_label,
                    const std::vector<std::string>& classes) {
  std::string text;
  for (std::size_t label = 0; label < of_label.size(); ++label)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", of_label[label],
                        Printable(classes[label]));
  return text;
}

std::int64_t Sum(const std::vector<std::int64_t>& counts) {
  std::int64_t sum = 0;
  for (const std::int64_t count : counts) sum += count;
  return sum;
}

/// What was dropped and why, a line for every reason there was.
std::vector<std::string> Drops(const CorpusCounts& counts) {
  std::vector<std::string> drops;
  const auto add = [&](std::int64_t count, std::string_view why) {
    if (count > 0) drops.push_back(fmt::format("{} {}", count, why));
  };
  std::string twice = "with the title and body of an earlier one";
  if (counts.contradictory > 0)
    twice += fmt::format(", {} of them with another label", counts.contradictory);
  add(counts.duplicates, twice);
  add(counts.also_in_test, "of the training part that stand in the test part too");
  add(counts.neutral, "that take no side");
  add(counts.untitled, "without a title");
  add(counts.empty, "without any text");
  add(counts.other_domain, "of other domains");
  if (drops.empty()) drops.push_back("none");
  return drops;
}

void PrintCounts(const Inspection& inspection, const Rows& rows) {
  const CorpusCounts& counts = inspection.counts;
  rows.Print("rows", fmt::format("{}", counts.rows_read));
  std::string_view what = "dropped";
  for (const std::string& drop : Drops(counts)) {
    rows.Print(what, drop);
    what = "";
  }
  rows.Print("kept",
             fmt::format("{}: {}", counts.kept, Balance(counts.kept_of, inspection.classes)));
  for (const datasets::PartBalance& part : inspection.parts)
    rows.Print(part.part + " part", fmt::format("{}: {}", Sum(part.of_label),
                                                Balance(part.of_label, inspection.classes)));
  if (inspection.has_titles && !inspection.pairs)
    rows.Print("of these", fmt::format("{} without title, {} without body",
                                       counts.kept_without_title, counts.kept_without_body));
}

void PrintProfile(std::string_view what, const LengthProfile& profile, const Rows& rows) {
  rows.Print(what, fmt::format("{:>8} {:>5} {:>6} {:>5} {:>5} {:>7} {:>7.1f}", profile.shortest,
                               profile.p10, profile.median, profile.p90, profile.p99,
                               profile.longest, profile.mean));
}

void PrintLengths(const Inspection& inspection, const Rows& rows) {
  rows.Print("words", fmt::format("{:>8} {:>5} {:>6} {:>5} {:>5} {:>7} {:>7}", "shortest", "p10",
                                  "median", "p90", "p99", "longest", "mean"));
  if (inspection.has_titles)
    PrintProfile(inspection.pairs ? "first" : "title", inspection.title, rows);
  PrintProfile(inspection.pairs        ? "second"
               : inspection.has_titles ? "body"
                                       : "text",
               inspection.body, rows);
}

/// The beginning of a text on one line.
std::string Beginning(std::string_view text, std::size_t bytes) {
  std::string line = datasets::CollapseSpace(text);
  if (line.size() <= bytes) return Printable(line);
  std::size_t end = bytes;
  while (end > 0 && (line[end] & 0xC0) == 0x80) --end;  // not inside a UTF-8 sequence
  return Printable(line.substr(0, end)) + "...";
}

std::string SampleOf(const Review& review, bool has_titles) {
  constexpr std::size_t kHalf = 45;
  if (!has_titles) return Beginning(review.body, 2 * kHalf);
  return fmt::format("{} | {}", Beginning(review.title, kHalf), Beginning(review.body, kHalf));
}

void PrintInspection(const Inspection& inspection) {
  const Rows rows(inspection.classes);
  fmt::print("{}\n", inspection.set);
  for (const datasets::SourceFile& file : inspection.files)
    rows.Print("file", Printable(file.Name()));
  rows.Print("fingerprint", inspection.fingerprint);
  PrintCounts(inspection, rows);
  fmt::print("\n");
  PrintLengths(inspection, rows);
  fmt::print("\n");
  for (const Review& review : inspection.sample)
    rows.Print(inspection.classes[static_cast<std::size_t>(review.label)],
               SampleOf(review, inspection.has_titles));
}

Result<Parameters> SettingsOf(const Arguments& arguments) {
  Parameters settings;
  for (const std::string& setting : arguments.All("set")) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0)
      return InvalidArgument(
          fmt::format("--set '{}' is not K=V; type e.g. --set body_column=text", setting));
    settings[setting.substr(0, equals)] = ParseQuotable(setting.substr(equals + 1));
  }
  return settings;
}

/// A misspelt name would be passed over in silence.
Status CheckNames(const Parameters& settings) {
  std::vector<std::string> known;
  for (const ParameterSpec& spec : datasets::DatasetParameters()) known.push_back(spec.name);
  for (const auto& [name, value] : settings) {
    const bool is_known = std::any_of(known.begin(), known.end(),
                                      [&](const std::string& one) { return SameName(one, name); });
    if (!is_known)
      return InvalidArgument(fmt::format("--set: unknown parameter '{}'{}; known are {}", name,
                                         DidYouMean(name, known), JoinWords(known, "and")));
  }
  return {};
}

}  // namespace

Result<int> InspectData(const Arguments& arguments) {
  const auto name = arguments.Text("SET");
  if (!name)
    return InvalidArgument(
        "SET is missing; type 'sweepformer data inspect SET' or a path, and "
        "'sweepformer data list' for the names");
  SF_ASSIGN(const Parameters settings, SettingsOf(arguments));
  SF_TRY(CheckNames(settings));
  SF_ASSIGN(const auto request, datasets::RequestOf(*name, DataFolder(arguments), settings));
  const auto inspection = datasets::Inspect(request);
  if (inspection.status().code() == Code::kNotFound) {
    return InvalidArgument(inspection.status().message());  // known, but not here: a data error
  }
  SF_TRY(inspection.status());
  arguments.Has("json") ? PrintJson(*inspection) : PrintInspection(*inspection);
  return kExitOk;
}

}  // namespace sweepformer::cli
