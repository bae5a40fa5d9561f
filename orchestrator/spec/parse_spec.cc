#include "orchestrator/spec/parse_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "orchestrator/core/printable.h"
#include "orchestrator/core/suggest.h"
#include "orchestrator/spec/include.h"
#include "orchestrator/spec/layering.h"
#include "orchestrator/spec/parse_sections.h"
#include "orchestrator/spec/stored_text.h"

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
  SF_ASSIGN(auto settings, ParseSettings(reader, *table));
  for (Setting& setting : settings) AddSetting(std::move(setting), spec);
  return {};
}

Status AppendGrid(Result<std::vector<GridDimension>> dimensions, SweepSpec& spec) {
  SF_TRY(dimensions.status());
  for (GridDimension& dimension : *dimensions) AddDimension(std::move(dimension), spec);
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
    AddDerived({entry.name, entry.where, std::move(expression)}, spec);
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
  SF_ASSIGN(const Limits limits, ParseLimits(reader, *table, &spec.limit_rules));
  spec.limits.Override(limits);
  return {};
}

Status ParseRetrySection(const TomlReader& reader, const TomlEntry& entry, SweepSpec& spec) {
  SF_ASSIGN(spec.retry, ParseRetry(reader, entry, spec.retry));
  return {};
}

Status ParseMeasure(const TomlReader& reader, const TomlEntry& section, SweepSpec& spec) {
  SF_ASSIGN(const toml::table* table, reader.Table(section));
  SF_TRY(reader.CheckKeys(*table, {"exclusive", "warmup_steps", "repeats"}, "[measure]"));
  if (!spec.measure) spec.measure.emplace();
  for (const TomlEntry& entry : InFileOrder(*table)) {
    if (entry.name == "exclusive") {
      SF_ASSIGN(spec.measure->exclusive, reader.Boolean(entry));
      continue;
    }
    const bool warmup = entry.name == "warmup_steps";
    SF_ASSIGN(const int count, reader.Count(entry, warmup ? 0 : 1));
    (warmup ? spec.measure->warmup_steps : spec.measure->repeats) = count;
  }
  return {};
}

Status ParseGoal(const TomlReader& reader, const TomlEntry& section, SweepSpec& spec) {
  SF_ASSIGN(const toml::table* table, reader.Table(section));
  SF_TRY(reader.CheckKeys(*table, {"maximize", "minimize"}, "[goal]"));
  for (const TomlEntry& entry : InFileOrder(*table)) {
    SF_ASSIGN(const auto metrics, reader.Texts(entry));
    auto& list = entry.name == "maximize" ? spec.goal.maximize : spec.goal.minimize;
    for (const std::string& name : std::exchange(list, {})) spec.goal.places.erase(name);
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

/// A file that an included file names lies beside that file.
void MakeRelativeToSpec(const TomlReader& reader, SpecValue& file) {
  if (reader.folder().empty()) return;
  file.value = (reader.folder() / FormatValue(file.value)).lexically_normal().string();
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
      for (SpecValue& file : spec.worker.files) MakeRelativeToSpec(reader, file);
    }
  }
  return {};
}

/// What an included file stands for is known before its sections are parsed.
Status SkipInclude(const TomlReader&, const TomlEntry&, SweepSpec&) { return {}; }

using SectionParser = Status (*)(const TomlReader&, const TomlEntry&, SweepSpec&);

const std::vector<std::pair<std::string, SectionParser>>& Sections() {
  static const std::vector<std::pair<std::string, SectionParser>> sections = {
      {"spec", ParseVersion},
      {"name", ParseName},
      {"about", ParseAbout},
      {"include", SkipInclude},
      {"base", ParseBase},
      {"axes", ParseAxesSection},
      {"let", ParseLet},
      {"exclude", ParseExclude},
      {"zip", ParseZipSection},
      {"point", ParsePoints},
      {"repeat", ParseRepeat},
      {"limits", ParseLimitsSection},
      {"retry", ParseRetrySection},
      {"measure", ParseMeasure},
      {"goal", ParseGoal},
      {"worker", ParseWorker},
      {"init_from", ParseInitFrom},
  };
  return sections;
}

/// A parameter comes from one place: base, an axis, a zip or let; of a point, from one line.
Status CheckSinglePlace(const SweepSpec& spec) {
  std::map<std::string, Location, NameLess> seen;
  Status problem;
  const auto check = [&](const std::string& name, const Location& where) {
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
  for (const Point& point : spec.points) {
    seen.clear();
    for (const Setting& setting : point.settings) check(setting.name, setting.where);
  }
  return problem;
}

Status CheckWorker(const SweepSpec& spec) {
  if (!spec.worker.where.known() || spec.worker.foreign()) return {};
  return spec.source.Error(spec.worker.where,
                           "[worker] needs 'command', e.g. command = [\"python3\", \"train.py\", "
                           "\"--lr\", \"{lr}\"]; without [worker] the built-in worker runs");
}

/// A file that is the spec itself says so; one that is included must not.
Status CheckHead(const TomlReader& reader, const toml::table& root, FileRole role) {
  for (const TomlEntry& entry : InFileOrder(root))
    if (role == FileRole::kIncluded && (entry.name == "name" || entry.name == "about"))
      return reader.Error(entry.where, fmt::format("'{}' belongs into the spec that includes this "
                                                   "file; remove it here",
                                                   entry.name));
  for (const char* required : {"spec", "name"})
    if (role == FileRole::kSpec && !root.contains(required))
      return reader.Error({1, 1}, fmt::format("'{}' is missing; begin the file with spec = 1 and "
                                              "name = \"...\"",
                                              required));
  return {};
}

}  // namespace

Status ParseSections(const TomlReader& reader, const toml::table& root, FileRole role,
                     SweepSpec& spec) {
  std::vector<std::string> names;
  for (const auto& [name, parse] : Sections()) names.push_back(name);
  SF_TRY(reader.CheckKeys(root, names, "the spec"));
  for (const TomlEntry& entry : InFileOrder(root))
    for (const auto& [name, parse] : Sections())
      if (name == entry.name) SF_TRY(parse(reader, entry, spec));
  return CheckHead(reader, root, role);
}

Result<SweepSpec> ParseSweepSpec(const std::string& name, std::string_view text,
                                 const ReadText& read) {
  SweepSpec spec;
  SF_TRY(ParseWithIncludes(name, text, read, spec));
  SF_TRY(CheckSinglePlace(spec));
  SF_TRY(CheckWorker(spec));
  return spec;
}

Result<SweepSpec> ParseStoredSpec(std::string_view text) {
  const SpecFiles files = SplitStoredText(text);
  const auto read = [&](const std::filesystem::path& path) -> Result<std::string> {
    for (const auto& [name, content] : files.included)
      if (path == name) return content;
    return NotFound(fmt::format("the stored spec lacks '{}'", path.string()));
  };
  SF_ASSIGN(SweepSpec spec, ParseSweepSpec("stored spec", files.text, read));
  spec.folder = StoredFolder(text);
  return spec;
}

Result<SweepSpec> ReadSweepSpec(const std::filesystem::path& path) {
  const auto text = ReadFile(path);
  if (!text.ok()) {
    return InvalidArgument(text.status().message() + "; name a spec, e.g. experiments/demo.toml");
  }
  SF_ASSIGN(SweepSpec spec, ParseSweepSpec(path.string(), *text));
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  const bool fits_a_line = PrintableLine(folder.string()) == folder.string();
  if (!spec.worker.files.empty() && fits_a_line) spec.text += FolderLine(folder);
  return spec;
}

}  // namespace sweepformer
