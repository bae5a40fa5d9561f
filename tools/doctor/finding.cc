#include "tools/doctor/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace sweepformer {

std::string_view HealthWord(Health health) {
  switch (health) {
    case Health::kOk: return "ok";
    case Health::kAbsent: return "absent";
    case Health::kWarn: return "warn";
    case Health::kMissing: return "missing";
  }
  return "";
}

std::string FindingsText(const Findings& findings) {
  std::size_t width = 0;
  for (const Finding& one : findings) width = std::max(width, one.what.size());
  std::string text;
  for (const Finding& one : findings) {
    text += fmt::format("{:<7}  {:<{}}  {}\n", HealthWord(one.health), one.what, width, one.words);
    if (!one.remedy.empty()) text += fmt::format("{:{}}→ {}\n", "", width + 11, one.remedy);
  }
  return text;
}

std::string FindingsJson(const Findings& findings) {
  using Json = nlohmann::ordered_json;
  Json json = {{"version", 2},
               {"ready", Ready(findings)},
               {"findings", Json::array()},
               {"warnings", Json::array()}};
  for (const Finding& one : findings) {
    json["findings"].push_back({{"what", one.what},
                                {"health", HealthWord(one.health)},
                                {"words", one.words},
                                {"remedy", one.remedy}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool Ready(const Findings& findings) {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& one) { return one.health == Health::kMissing; });
}

}  // namespace sweepformer
