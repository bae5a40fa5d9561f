#include "datasets/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "datasets/catalog.h"
#include "datasets/parameters.h"
#include "orchestrator/core/suggest.h"

namespace sweepformer::datasets {
namespace {

/// A text, or the texts of a JSON list of them.
std::optional<std::vector<std::string>> ListOf(const std::string& text, bool with_numbers) {
  if (!text.starts_with('[')) return std::vector<std::string>{text};
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_array() || json.empty()) return std::nullopt;
  std::vector<std::string> items;
  for (const auto& item : json) {
    if (!item.is_string() && !(with_numbers && item.is_number())) return std::nullopt;
    items.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  }
  return items;
}

Result<std::vector<std::string>> PathsOf(std::string_view parameter, const std::string& text) {
  auto paths = ListOf(text, /*with_numbers=*/false);
  if (paths) return std::move(*paths);
  return InvalidArgument(fmt::format(
      "{} = {} is not a path or a list of paths; type \"a.csv\" or [\"a.csv\", \"b.csv\"]",
      parameter, text));
}

Status CheckDomain(const KnownSet& set, const std::string& domain) {
  std::vector<std::string> known = DomainsOf(set);
  if (known.empty() && domain != kAllDomains)
    return InvalidArgument(
        fmt::format("domain = '{}', but {} has no domains; leave domain out", domain, set.name));
  known.insert(known.begin(), std::string(kAllDomains));
  if (std::find(known.begin(), known.end(), domain) != known.end()) return {};
  return InvalidArgument(fmt::format("domain = '{}' is none of {}{}; use {}", domain, set.name,
                                     DidYouMean(domain, known), JoinWords(known)));
}

Status ReadListOps(const Parameters& parameters, ListOpsOptions& options) {
  for (const auto& [name, number] : {std::pair("listops_max_depth", &options.max_depth),
                                     std::pair("listops_max_args", &options.max_args),
                                     std::pair("listops_min_length", &options.min_length),
                                     std::pair("listops_max_length", &options.max_length)}) {
    SF_ASSIGN(const std::int64_t value, IntegerOf(parameters, name));
    if (value < 0 || value > kLongestListOps)
      return InvalidArgument(
          fmt::format("{} = {} is not from 0 to {}", name, value, kLongestListOps));
    *number = static_cast<int>(value);
  }
  return {};
}

/// Where in `words` the value of a parameter is.
Result<std::size_t> ChoiceOf(const Parameters& parameters, std::string_view name,
                             const std::vector<std::string>& words) {
  SF_ASSIGN(const std::string word, TextOf(parameters, name));
  const auto found = std::find(words.begin(), words.end(), word);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  return InvalidArgument(fmt::format("{} = '{}'; use {}", name, word, JoinWords(words)));
}

Status ReadChoices(const Parameters& parameters, DatasetRequest& request) {
  SF_ASSIGN(const std::size_t stars, ChoiceOf(parameters, "star_classes", StarClassWords()));
  request.star_classes = static_cast<StarClasses>(stars);
  SF_ASSIGN(const std::size_t image, ChoiceOf(parameters, "mnist_image", MnistImageWords()));
  request.mnist_image = static_cast<MnistImage>(image);
  if (!IsGiven(parameters, "empty_title")) return {};
  SF_ASSIGN(const std::size_t title, ChoiceOf(parameters, "empty_title", EmptyTitleWords()));
  request.empty_title = static_cast<EmptyTitle>(title);
  return {};
}

Status ReadIfGiven(const Parameters& parameters, std::string_view name,
                   std::optional<std::string>& text) {
  if (!IsGiven(parameters, name)) return {};
  SF_ASSIGN(text, TextOf(parameters, name));
  return {};
}

Status ReadWords(const Parameters& parameters, std::string_view name,
                 std::vector<std::string>& words) {
  if (!IsGiven(parameters, name)) return {};
  const std::string text = FormatValue(parameters.find(name)->second);
  auto list = ListOf(text, /*with_numbers=*/true);
  if (!list)
    return InvalidArgument(
        fmt::format("{} = {} is not a list of words; type [\"no\", \"yes\"]", name, text));
  words = std::move(*list);
  return {};
}

Status ReadCustomColumns(const Parameters& parameters, CustomColumns& columns) {
  SF_ASSIGN(const std::size_t format, ChoiceOf(parameters, "data_format", TableFormatWords()));
  columns.format = static_cast<TableFormat>(format);
  SF_TRY(ReadIfGiven(parameters, "title_column", columns.title));
  SF_TRY(ReadIfGiven(parameters, "body_column", columns.body));
  SF_TRY(ReadIfGiven(parameters, "title_separator", columns.separator));
  SF_ASSIGN(columns.label, TextOf(parameters, "label_column"));
  SF_TRY(ReadWords(parameters, "label_values", columns.classes));
  SF_TRY(ReadWords(parameters, "dropped_labels", columns.dropped));
  if (columns.classes.size() == 1)
    return InvalidArgument("label_values names one class; name at least two");
  if (!columns.title && !columns.body)
    return InvalidArgument(
        "which columns of the file are read? Name them with title_column, body_column or both");
  if (!columns.separator) return {};
  if (columns.separator->empty() || columns.title || !columns.body)
    return InvalidArgument(
        "title_separator parts what body_column holds into title and body; name body_column, no "
        "title_column, and at least one character");
  return {};
}

Status ReadPaths(const Parameters& parameters, const KnownSet& set, DatasetRequest& request) {
  for (const auto& [name, paths] :
       {std::pair("data_path", &request.data_path), std::pair("test_path", &request.test_path)}) {
    if (!IsGiven(parameters, name)) continue;
    SF_ASSIGN(const std::string text, TextOf(parameters, name));
    if (!set.read && !set.read_files && !set.read_tree)
      return InvalidArgument(fmt::format("{} = {} names files, but {} is generated; leave {} out",
                                         name, text, set.name, name));
    SF_ASSIGN(*paths, PathsOf(name, text));
  }
  if (request.test_path.empty() || (!request.data_path.empty() && !set.read_tree)) return {};
  return InvalidArgument(
      set.read_tree ? fmt::format("{} has a test part of its own; leave test_path out", set.name)
                    : "test_path names the test part of what data_path names; give both");
}

/// The answers to both sets must mean the same.
Status ReadSecondTest(const Parameters& parameters, const KnownSet& set, DatasetRequest& request) {
  if (!IsGiven(parameters, "second_test")) return {};
  SF_ASSIGN(request.second_test, TextOf(parameters, "second_test"));
  SF_ASSIGN(const KnownSet* second, FindSet(request.second_test));
  if (second == &set)
    return InvalidArgument(fmt::format(
        "second_test = '{}' is the dataset itself; name another or leave it out", set.name));
  // The extremes of a scale are no answers to what has no scale, though they are called the same.
  const bool same_scale =
      request.star_classes == StarClasses::kTwo || second->has_stars == set.has_stars;
  const bool alike = ClassesOf(*second, SecondTestOf(request)) == ClassesOf(set, request) &&
                     second->pairs == set.pairs && same_scale;
  if (alike) return {};
  return InvalidArgument(
      fmt::format("second_test = '{}' has other labels than {}; name a set that is labelled alike",
                  second->name, set.name));
}

}  // namespace

DatasetRequest SecondTestOf(const DatasetRequest& request) {
  DatasetRequest second;
  second.name = request.second_test;
  second.data_folder = request.data_folder;
  second.star_classes = request.star_classes;
  second.empty_title = request.empty_title;
  return second;
}

std::vector<std::string> EmptyTitleWords() { return {"keep", "drop", "body"}; }

Result<DatasetRequest> RequestFrom(const Parameters& parameters,
                                   const std::filesystem::path& data_folder) {
  DatasetRequest request;
  request.data_folder = data_folder;
  SF_ASSIGN(request.name, TextOf(parameters, "dataset"));
  SF_ASSIGN(request.domain, TextOf(parameters, "domain"));
  SF_ASSIGN(request.rows, IntegerOf(parameters, "rows"));
  SF_ASSIGN(const KnownSet* set, FindSet(request.name));
  SF_TRY(CheckDomain(*set, request.domain));
  SF_TRY(ReadListOps(parameters, request.listops));
  SF_TRY(ReadChoices(parameters, request));
  if (request.name == kCustom) SF_TRY(ReadCustomColumns(parameters, request.custom));
  SF_TRY(ReadPaths(parameters, *set, request));
  SF_TRY(ReadSecondTest(parameters, *set, request));
  return request;
}

}  // namespace sweepformer::datasets
