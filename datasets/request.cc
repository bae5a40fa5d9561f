#include "datasets/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "datasets/catalog.h"
#include "datasets/parameters.h"
#include "orchestrator/core/suggest.h"

namespace sweepformer::datasets {
namespace {

Result<std::vector<std::string>> PathsOf(const std::string& text) {
  if (!text.starts_with('[')) return std::vector<std::string>{text};
  const auto json = nlohmann::json::parse(text, nullptr, false);
  std::vector<std::string> paths;
  for (const auto& item : json) {
    if (!item.is_string()) break;
    paths.push_back(item.get<std::string>());
  }
  if (paths.empty() || paths.size() != json.size())
    return InvalidArgument(fmt::format(
        "data_path = {} is not a path or a list of paths; type \"a.csv\" or [\"a.csv\", \"b.csv\"]",
        text));
  return paths;
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

}  // namespace

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
  if (!IsGiven(parameters, "data_path")) return request;
  SF_ASSIGN(const std::string paths, TextOf(parameters, "data_path"));
  if (set->generate)
    return InvalidArgument(fmt::format(
        "data_path = {} names files, but {} is generated; leave data_path out", paths, set->name));
  SF_ASSIGN(request.data_path, PathsOf(paths));
  return request;
}

}  // namespace sweepformer::datasets
