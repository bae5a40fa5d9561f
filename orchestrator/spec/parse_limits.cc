#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <type_traits>
#include <utility>

#include "orchestrator/core/suggest.h"
#include "orchestrator/spec/parse_sections.h"

namespace sweepformer {
namespace {

/// A number followed by one of `units`; a bare number has the first unit's factor.
Result<double> ParseQuantity(std::string_view text,
                             const std::vector<std::pair<std::string, double>>& units,
                             std::string_view example) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  if (error == std::errc() && number > 0 && std::isfinite(number))
    for (const auto& [word, factor] : units)
      if (SameName(unit, word)) return number * factor;
  return InvalidArgument(fmt::format("cannot read '{}'; write it like {}", text, example));
}

/// Over 31 years; in milliseconds, since 1970, it is still a number.
constexpr double kLongestSeconds = 1e9;

/// Whether it is a limit: bytes are whole.
template <typename T>
bool Fits(double number) {
  if constexpr (std::is_integral_v<T>) return number >= 1 && number < 0x1p63;
  return number > 0 && number <= kLongestSeconds;
}

/// Text in one of the forms above, or a bare number in the base unit.
template <typename T>
Result<T> ParseNode(const TomlReader& reader, const TomlEntry& entry,
                    Result<T> (*parse)(std::string_view)) {
  if (!entry.node->is_string()) {
    SF_ASSIGN(const double number, reader.Number(entry, 0));
    if (Fits<T>(number)) return static_cast<T>(number);
    const char* bounds =
        std::is_integral_v<T> ? "from 1 to 2^63 bytes" : "above 0 and at most 1e9 seconds";
    return reader.Error(LocationOf(*entry.node),
                        fmt::format("'{}' must be {}, not {}", entry.name, bounds, number));
  }
  auto parsed = parse(entry.node->as_string()->get());
  if (parsed.ok()) return parsed;
  return reader.Error(LocationOf(*entry.node),
                      fmt::format("'{}': {}", entry.name, parsed.status().message()));
}

/// The limit that `name` most likely means; "" for what may well be a resource of the user's own.
std::string NearestLimit(const std::string& name) {
  for (const auto& [word, limit] : {std::pair{"memory", "mem"},
                                    {"ram", "mem"},
                                    {"time", "timeout"},
                                    {"threads", "cpus"},
                                    {"cores", "cpus"}})
    if (SameName(name, word)) return limit;
  // One letter from gpus and no slip of the pen: tpus, npus, vgpus.
  const bool is_accelerator = name.ends_with("gpus") || (name.size() == 4 && name.ends_with("pus"));
  if (is_accelerator) return "";
  return Nearest(name, {"cpus", "gpus", "mem", "timeout", "rule"});
}

constexpr int kMostCpus = 65'536;  ///< of a machine

Status ParseLimit(const TomlReader& reader, const TomlEntry& entry, Limits& limits) {
  if (entry.name == "cpus") {
    SF_ASSIGN(limits.cpus, reader.Number(entry, 0));
    if (*limits.cpus == 0)
      return reader.Error(
          LocationOf(*entry.node),
          "'cpus' must be above 0; leave it out for one for each thread of the run");
    if (*limits.cpus > kMostCpus)
      return reader.Error(LocationOf(*entry.node),
                          fmt::format("'cpus' must be at most {}", kMostCpus));
  } else if (entry.name == "slots") {
    return reader.Error(entry.where,
                        "'slots' is no limit of a run: -j says how many go on at once");
  } else if (entry.name == "mem") {
    SF_ASSIGN(limits.mem_bytes, ParseNode<std::int64_t>(reader, entry, ParseSize));
  } else if (entry.name == "timeout") {
    SF_ASSIGN(limits.timeout_s, ParseNode<double>(reader, entry, ParseDuration));
  } else {
    const std::string near = NearestLimit(entry.name);
    if (!near.empty() && near != entry.name)
      return reader.Error(entry.where,
                          fmt::format("unknown limit '{}', did you mean '{}'?", entry.name, near));
    SF_ASSIGN(limits.named[entry.name], reader.Number(entry, 0));
  }
  return {};
}

Result<LimitRule> ParseLimitRule(const TomlReader& reader, const toml::table& table) {
  LimitRule rule;
  bool has_when = false;
  for (const TomlEntry& entry : InFileOrder(table)) {
    if (entry.name == "when") {
      SF_ASSIGN(rule.when, reader.Sql(entry));
      has_when = true;
    } else {
      SF_TRY(ParseLimit(reader, entry, rule.limits));
    }
  }
  if (has_when) return rule;
  return reader.Error(LocationOf(table), "a [[limits.rule]] needs 'when', an SQL expression");
}

}  // namespace

Result<std::int64_t> ParseSize(std::string_view text) {
  constexpr double k = 1024, d = 1000;
  SF_ASSIGN(const double bytes, ParseQuantity(text,
                                              {{"", 1},
                                               {"B", 1},
                                               {"KiB", k},
                                               {"MiB", k * k},
                                               {"GiB", k * k * k},
                                               {"TiB", k * k * k * k},
                                               {"KB", d},
                                               {"MB", d * d},
                                               {"GB", d * d * d},
                                               {"TB", d * d * d * d}},
                                              "'512MiB' or '2GiB'"));
  if (Fits<std::int64_t>(bytes)) return static_cast<std::int64_t>(bytes);
  return InvalidArgument(fmt::format("'{}' is {} bytes; write it like '512MiB'", text, bytes));
}

Result<double> ParseDuration(std::string_view text) {
  SF_ASSIGN(
      const double seconds,
      ParseQuantity(
          text,
          {{"s", 1}, {"", 1}, {"ms", 1e-3}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}},
          "'90s', '20m' or '1.5h'"));
  if (Fits<double>(seconds)) return seconds;
  return InvalidArgument(fmt::format("'{}' is over 31 years; write at most '10000d'", text));
}

Result<Limits> ParseLimits(const TomlReader& reader, const toml::table& table,
                           std::vector<LimitRule>* rules) {
  Limits limits;
  for (const TomlEntry& entry : InFileOrder(table)) {
    if (entry.name != "rule") {
      SF_TRY(ParseLimit(reader, entry, limits));
      continue;
    }
    SF_ASSIGN(const auto tables, reader.Tables(entry));
    for (const toml::table* rule_table : tables) {
      SF_ASSIGN(LimitRule rule, ParseLimitRule(reader, *rule_table));
      rules->push_back(std::move(rule));
    }
  }
  return limits;
}

Result<RetrySpec> ParseRetry(const TomlReader& reader, const TomlEntry& section, RetrySpec retry) {
  static const std::vector<std::string> kCauses = {"failed", "crashed", "timeout", "out_of_memory",
                                                   "lost"};
  SF_ASSIGN(const toml::table* table, reader.Table(section));
  SF_TRY(reader.CheckKeys(*table, {"attempts", "on", "mem_factor"}, "[retry]"));
  for (const TomlEntry& entry : InFileOrder(*table)) {
    if (entry.name == "attempts") {
      SF_ASSIGN(retry.attempts, reader.Count(entry, 1));
    } else if (entry.name == "mem_factor") {
      SF_ASSIGN(retry.mem_factor, reader.Number(entry, 1));
    } else {
      SF_ASSIGN(const auto causes, reader.Texts(entry));
      retry.on.clear();
      for (const SpecValue& cause : causes) {
        // The design's example and most people write crash and oom; the stored words are longer.
        std::string word = FormatValue(cause.value);
        if (word == "crash") word = "crashed";
        if (word == "oom") word = "out_of_memory";
        if (std::find(kCauses.begin(), kCauses.end(), word) == kCauses.end())
          return reader.Error(cause.where, fmt::format("unknown cause '{}'{}", word,
                                                       DidYouMean(word, kCauses).empty()
                                                           ? "; expected " + JoinWords(kCauses)
                                                           : DidYouMean(word, kCauses)));
        retry.on.push_back(word);
      }
    }
  }
  return retry;
}

}  // namespace sweepformer
