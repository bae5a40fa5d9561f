#include "orchestrator/spec/parse_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "orchestrator/core/file.h"
#include "orchestrator/core/suggest.h"
#include "orchestrator/spec/parse_sections.h"

namespace sweepformer {
namespace {

/// Settings of a table in file order; `skip` names a key that is not a parameter.
Result<std::vector<Setting>> ParseSettings(const TomlReader& reader, const toml::table& table,
                                           std::string_view skip = "") {
  std::vector<Setting> settings;
  for (const TomlEntry& entry : InFileOrder(table)) {
    if (entry.name == skip) continue;
    SF_ASSIGN(SpecValue value, reader.ParameterValue(*entry.node, entry.name));
    settings.push_back({entry.name, entry.where, std::move(value)});
  }
  return settings;
}

Status ParseVersion(const TomlReader& reader, const TomlEntry& entry, SweepSpec&) {
  SF_ASSIGN(const std::int64_t version, reader.Integer(entry, 1));
  if (version == 1) return {};
  return reader.Error(entry.where,
                      fmt::format("spec format {} is not known to this version, which reads format "
                                  "1; use a newer sweepformer or write spec = 1",
                                  version));
}

/// A sweep's name stands in commands, file names and terminals: plain ASCII.
bool IsSweepName(std::string_view name) {
  const auto is_plain = [](unsigned char c) { return c < 128 && std::isalnum(c); };
  return !name.empty() && is_plain(name.front()) && !name.ends_with(' ') &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return is_plain(c) || std::string_view(" -_.").find(c) != std::string_view::npos;
         });
}

Status ParseName(const TomlReader& reader, const TomlEntry& entry, SweepSpec& spec) {
  SF_ASSIGN(spec.name, reader.Text(entry));
  if (IsSweepName(spec.name)) return {};
  return reader.Error(LocationOf(*entry.node),
                      fmt::format("'name' cannot be {}; use letters, digits, spaces and - _ . and "
                                  "begin with a letter or digit, e.g. \"lr-study\"",
                                  QuoteJson(spec.name)));
}

Status ParseAbout(const TomlReader& reader, const TomlEntry& entry, SweepSpec& spec) {
  SF_ASSIGN(spec.about, reader.Text(entry));
  return {};
}

Status ParseBase(const TomlReader& reader, const TomlEntry& entry, SweepSpec& spec) {
  SF_ASSIGN(const toml::table* table, reader.Table(entry));
  SF_ASSIGN(spec.base, ParseSettings(reader, *table));
  return {};
}

Status AppendGrid(Result<std::vector<GridDimension>> dimensions, SweepSpec& spec) {
  SF_TRY(dimensions.status());
  for (GridDimension& dimension : *dimensions) spec.grid.push_back(std::move(dimension));
  return {};
}

Status ParseAxesSection(const TomlReader& reader, const TomlEntry& entry, SweepSpec& spec) {
  return AppendGrid(ParseAxes(reader, entry), spec);
}

Status ParseZipSection(const TomlReader& reader, const TomlEntry& entry, SweepSpec& spec) {
  return AppendGrid(ParseZips(reader, entry), spec);
}

Status ParseLet(const TomlReader& reader, const TomlEntry& section, SweepSpec& spec) {
  SF_ASSIGN(const toml::table* table, reader.Table(section));
  for (const TomlEntry& entry : InFileOrder(*table)) {
    SF_ASSIGN(Expression expression, reader.Sql(entry));
    spec.derived.push_back({entry.name, entry.where, std::move(expression)});
  }
  return {};
}

Status ParseExclude(const TomlReader& reader, const TomlEntry& section, SweepSpec& spec) {
  SF_ASSIGN(const auto tables, reader.Tables(section));
  for (const toml::table* table : tables) {
    SF_TRY(reader.CheckKeys(*table, {"when", "why"}, "[[exclude]]"));
    Exclusion exclusion;
    for (const TomlEntry& entry : InFileOrder(*table)) {
      if (entry.name == "when") {
        SF_ASSIGN(exclusion.when, reader.Sql(entry));
      } else {
        SF_ASSIGN(exclusion.why, reader.Text(entry));
      }
    }
    if (exclusion.when.text.empty() || exclusion.why.empty())
      return reader.Error(LocationOf(*table),
                          "an [[exclude]] needs 'when', an SQL expression, and 'why', the reason "
                          "that plan will show");
    spec.exclusions.push_back(std::move(exclusion));
  }
  return {};
}

Status ParsePoints(const TomlReader& reader, const TomlEntry& section, SweepSpec& spec) {
  SF_ASSIGN(const auto tables, reader.Tables(section));
  for (const toml::table* table : tables) {
    Point point{LocationOf(*table), {}, {}};
    for (const TomlEntry& entry : InFileOrder(*table))
      if (entry.name == "label") {
        SF_ASSIGN(point.label, reader.Text(entry));
      }
    SF_ASSIGN(point.settings, ParseSettings(reader, *table, "label"));
    spec.points.push_back(std::move(point));
  }
  return {};
}

Status ParseInitFrom(const TomlReader& reader, const TomlEntry& section, SweepSpec& spec) {
  SF_ASSIGN(const auto tables, reader.Tables(section));
  for (const toml::table* table : tables) {
    SF_TRY(reader.CheckKeys(*table, {"when", "parent"}, "[[init_from]]"));
    InitFrom rule{LocationOf(*table), {}, {}};
    for (const TomlEntry& entry : InFileOrder(*table)) {
      SF_ASSIGN((entry.name == "when" ? rule.when : rule.parent), reader.Sql(entry));
    }
    if (rule.when.text.empty() || rule.parent.text.empty())
      return reader.Error(rule.where,
                          "an [[init_from]] needs 'when', the cells meant, and 'parent', the cell "
                          "whose weights they start from, e.g. parent = \"attention = 'full' AND "
                          "input = child.input\"");
    spec.init_from.push_back(std::move(rule));
  }
  return {};
}

Status ParseRepeat(const TomlReader& reader, const TomlEntry& section, SweepSpec& spec) {
  SF_ASSIGN(const toml::table* table, reader.Table(section));
  SF_TRY(reader.CheckKeys(*table, {"seeds"}, "[repeat]"));
  for (const TomlEntry& entry : InFileOrder(*table)) {
    SF_ASSIGN(const toml::array* seeds, reader.Array(entry));
    spec.seeds.clear();
    for (const toml::node& node : *seeds) {
      SF_ASSIGN(const std::int64_t seed, reader.Integer({"seeds", entry.where, &node}, 0));
      if (std::find(spec.seeds.begin(), spec.seeds.end(), seed) != spec.seeds.end())
        return reader.Error(LocationOf(node), fmt::format("seed {} is given twice", seed));
      spec.seeds.push_back(seed);
    }
    if (spec.seeds.empty())
      return reader.Error(LocationOf(*seeds),
                          "'seeds' is empty; give at least one, e.g. [1, 2, 3]");
  }
  return {};
}

Status ParseLimitsSection(const TomlReader& reader, const TomlEntry& entry, SweepSpec& spec) {
  SF_ASSIGN(const toml::table* table, reader.Table(entry));
  SF_ASSIGN(spec.limits, ParseLimits(reader, *table, &spec.limit_rules));
  return {};
}

Status ParseRetrySection(const TomlReader& reader, const TomlEntry& entry, SweepSpec& spec) {
  SF_ASSIGN(spec.retry, ParseRetry(reader, entry));
  return {};
}

Status ParseMeasure(const TomlReader& reader, const TomlEntry& section, SweepSpec& spec) {
  SF_ASSIGN(const toml::table* table, reader.Table(section));
  SF_TRY(reader.CheckKeys(*table, {"exclusive", "warmup_steps", "repeats"}, "[measure]"));
  spec.measure.emplace();
  for (const TomlEntry& entry : InFileOrder(*table)) {
    if (entry.name == "exclusive") {
      SF_ASSIGN(spec.measure->exclusive, reader.Boolean(entry));
      continue;
    }
    const bool warmup = entry.name == "warmup_steps";
    SF_ASSIGN(const std::int64_t count, reader.Integer(entry, warmup ? 0 : 1));
    (warmup ? spec.measure->warmup_steps : spec.measure->repeats) = static_cast<int>(count);
  }
  return {};
}

Status ParseGoal(const TomlReader& reader, const TomlEntry& section, SweepSpec& spec) {
  SF_ASSIGN(const toml::table* table, reader.Table(section));
  SF_TRY(reader.CheckKeys(*table, {"maximize", "minimize"}, "[goal]"));
  for (const TomlEntry& entry : InFileOrder(*table)) {
    SF_ASSIGN(const auto metrics, reader.Texts(entry));
    auto& list = entry.name == "maximize" ? spec.goal.maximize : spec.goal.minimize;
    for (const SpecValue& metric : metrics) {
      const std::string name = FormatValue(metric.value);
      if (!spec.goal.places.emplace(name, metric.where).second)
        return reader.Error(metric.where,
                            fmt::format("[goal] names '{}' twice; keep one of them", name));
      list.push_back(name);
    }
  }
  return {};
}

Status ParseWorker(const TomlReader& reader, const TomlEntry& section, SweepSpec& spec) {
  SF_ASSIGN(const toml::table* table, reader.Table(section));
  SF_TRY(reader.CheckKeys(*table, {"command", "version", "files"}, "[worker]"));
  spec.worker.where = section.where;
  for (const TomlEntry& entry : InFileOrder(*table)) {
    if (entry.name == "command") {
      SF_ASSIGN(spec.worker.command, reader.Texts(entry));
    } else if (entry.name == "version") {
      SF_ASSIGN(const SpecValue version, reader.ParameterValue(*entry.node, "version"));
      spec.worker.version = FormatValue(version.value);
    } else {
      SF_ASSIGN(spec.worker.files, reader.Texts(entry));
    }
  }
  if (spec.worker.foreign()) return {};
  return reader.Error(section.where,
                      "[worker] needs 'command', e.g. command = [\"python3\", \"train.py\", "
                      "\"--lr\", \"{lr}\"]; without [worker] the built-in worker runs");
}

using SectionParser = Status (*)(const TomlReader&, const TomlEntry&, SweepSpec&);

const std::vector<std::pair<std::string, SectionParser>>& Sections() {
  static const std::vector<std::pair<std::string, SectionParser>> sections = {
      {"spec", ParseVersion},         {"name", ParseName},
      {"about", ParseAbout},          {"base", ParseBase},
      {"axes", ParseAxesSection},     {"let", ParseLet},
      {"exclude", ParseExclude},      {"zip", ParseZipSection},
      {"point", ParsePoints},         {"repeat", ParseRepeat},
      {"limits", ParseLimitsSection}, {"retry", ParseRetrySection},
      {"measure", ParseMeasure},      {"goal", ParseGoal},
      {"worker", ParseWorker},        {"init_from", ParseInitFrom},
  };
  return sections;
}

Status ParseSections(const TomlReader& reader, const toml::table& root, SweepSpec& spec) {
  std::vector<std::string> names;
  for (const auto& [name, parse] : Sections()) names.push_back(name);
  SF_TRY(reader.CheckKeys(root, names, "the spec"));
  for (const TomlEntry& entry : InFileOrder(root))
    for (const auto& [name, parse] : Sections())
      if (name == entry.name) SF_TRY(parse(reader, entry, spec));
  for (const char* required : {"spec", "name"})
    if (!root.contains(required))
      return reader.Error({1, 1}, fmt::format("'{}' is missing; begin the file with spec = 1 and "
                                              "name = \"...\"",
                                              required));
  return {};
}

/// A parameter comes from one place: base, an axis, a zip or let.
Status CheckSinglePlace(const SweepSpec& spec) {
  std::map<std::string, Location, NameLess> seen;
  Status problem;
  const auto check = [&](const std::string& name, Location where) {
    const auto [first, is_new] = seen.emplace(name, where);
    if (!is_new && problem.ok())
      problem =
          spec.source.Error(where, fmt::format("'{}' is already given at {}; keep one of them",
                                               name, spec.source.Describe(first->second)));
  };
  for (const Setting& setting : spec.base) check(setting.name, setting.where);
  for (const GridDimension& dimension : spec.grid)
    for (const GridAxis& column : dimension.columns) check(column.name, column.where);
  for (const Derived& derived : spec.derived) check(derived.name, derived.where);
  return problem;
}

Result<toml::table> ParseToml(const SourceText& source, std::string_view text) {
  try {
    return toml::parse(text, source.name());
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    return source.Error({static_cast<int>(begin.line), static_cast<int>(begin.column)},
                        fmt::format("not valid TOML: {}", error.description()));
  }
}

}  // namespace

Result<SweepSpec> ParseSweepSpec(const std::string& name, std::string_view text) {
  SweepSpec spec;
  spec.source = SourceText(name, text);
  spec.text = text;
  spec.folder = std::filesystem::path(name).parent_path();
  SF_ASSIGN(const toml::table root, ParseToml(spec.source, text));
  SF_TRY(ParseSections(TomlReader(spec.source), root, spec));
  SF_TRY(CheckSinglePlace(spec));
  return spec;
}

Result<SweepSpec> ReadSweepSpec(const std::filesystem::path& path) {
  const auto text = ReadFile(path);
  if (!text.ok()) {
    return InvalidArgument(text.status().message() + "; name a spec, e.g. experiments/demo.toml");
  }
  return ParseSweepSpec(path.string(), *text);
}

}  // namespace sweepformer
