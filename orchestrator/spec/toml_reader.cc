#include "orchestrator/spec/toml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "orchestrator/core/suggest.h"

namespace sweepformer {
namespace {

/// The node as a user would call it.
std::string_view KindOf(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "a list";
    case toml::node_type::string: return "text";
    case toml::node_type::integer: return "a whole number";
    case toml::node_type::floating_point: return "a number";
    case toml::node_type::boolean: return "a boolean";
    default: return "a date or time";
  }
}

/// A scalar as a canonical value; absent for what is not one (tables, lists, dates).
Value ScalarOf(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* whole = node.as_integer()) return whole->get();
  if (const auto* real = node.as_floating_point()) return Canonical(real->get());
  if (const auto* boolean = node.as_boolean()) return std::int64_t{boolean->get()};
  return {};
}

/// The number that `value` is, if that is infinite or NaN.
const double* EndlessOf(const Value& value) {
  const auto* real = std::get_if<double>(&value);
  return real && !std::isfinite(*real) ? real : nullptr;
}

}  // namespace

Location LocationOf(const toml::source_region& region) {
  return {static_cast<int>(region.begin.line), static_cast<int>(region.begin.column), region.path};
}

Location LocationOf(const toml::node& node) { return LocationOf(node.source()); }

std::vector<TomlEntry> InFileOrder(const toml::table& table) {
  std::vector<TomlEntry> entries;
  for (const auto& [key, node] : table)
    entries.push_back({std::string(key.str()), LocationOf(key.source()), &node});
  std::sort(entries.begin(), entries.end(), [](const TomlEntry& a, const TomlEntry& b) {
    return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
  });
  return entries;
}

Status TomlReader::Expected(const TomlEntry& entry, std::string_view what) const {
  const Location node = LocationOf(*entry.node);
  return Error(node.known() ? node : entry.where,
               fmt::format("'{}' must be {}, not {}", entry.name, what, KindOf(*entry.node)));
}

Status TomlReader::CheckKeys(const toml::table& table, const std::vector<std::string>& allowed,
                             std::string_view context) const {
  for (const TomlEntry& entry : InFileOrder(table)) {
    if (std::find(allowed.begin(), allowed.end(), entry.name) != allowed.end()) continue;
    const std::string near = DidYouMean(entry.name, allowed);
    return Error(entry.where,
                 fmt::format("unknown key '{}' in {}{}", entry.name, context,
                             near.empty() ? "; expected " + JoinWords(allowed) : near));
  }
  return {};
}

Result<const toml::table*> TomlReader::Table(const TomlEntry& entry) const {
  if (const auto* table = entry.node->as_table()) return table;
  return Expected(entry, "a table");
}

Result<const toml::array*> TomlReader::Array(const TomlEntry& entry) const {
  if (const auto* array = entry.node->as_array()) return array;
  const Value alone = ScalarOf(*entry.node);
  if (IsNull(alone)) return Expected(entry, "a list");
  return Expected(entry, fmt::format("a list, e.g. {} = [{}]", entry.name, FormatJson(alone)));
}

Result<std::vector<const toml::table*>> TomlReader::Tables(const TomlEntry& entry) const {
  const auto* array = entry.node->as_array();
  std::vector<const toml::table*> tables;
  if (array)
    for (const toml::node& node : *array)
      if (const auto* table = node.as_table()) tables.push_back(table);
  if (array && tables.size() == array->size()) return tables;
  return Expected(entry, fmt::format("a list of tables, each written [[{}]]", entry.name));
}

Status TomlReader::RefuseNul(const TomlEntry& entry) const {
  const auto* text = entry.node->as_string();
  if (!text || text->get().find('\0') == std::string::npos) return {};
  return Error(LocationOf(*entry.node),
               fmt::format("'{}' holds a NUL character; remove it", entry.name));
}

Result<std::string> TomlReader::Text(const TomlEntry& entry) const {
  SF_TRY(RefuseNul(entry));
  if (const auto* text = entry.node->as_string()) return text->get();
  return Expected(entry, "text in quotes");
}

Result<std::int64_t> TomlReader::Integer(const TomlEntry& entry, std::int64_t minimum) const {
  const auto* whole = entry.node->as_integer();
  if (whole && whole->get() >= minimum) return whole->get();
  if (!whole) return Expected(entry, "a whole number");
  return Error(LocationOf(*entry.node),
               fmt::format("'{}' must be at least {}, not {}", entry.name, minimum, whole->get()));
}

Result<int> TomlReader::Count(const TomlEntry& entry, int minimum) const {
  constexpr std::int64_t kMost = 1'000'000;
  SF_ASSIGN(const std::int64_t count, Integer(entry, minimum));
  if (count <= kMost) return static_cast<int>(count);
  return Error(LocationOf(*entry.node),
               fmt::format("'{}' must be at most {}, not {}", entry.name, kMost, count));
}

Result<double> TomlReader::Number(const TomlEntry& entry, double minimum) const {
  const bool is_number = entry.node->is_integer() || entry.node->is_floating_point();
  if (!is_number) return Expected(entry, "a number");
  const double number = AsDouble(ScalarOf(*entry.node));
  if (number >= minimum && std::isfinite(number)) return number;
  return Error(LocationOf(*entry.node),
               std::isfinite(number)
                   ? fmt::format("'{}' must be at least {}, not {}", entry.name, minimum, number)
                   : fmt::format("'{}' must be finite, not {}", entry.name, number));
}

Result<bool> TomlReader::Boolean(const TomlEntry& entry) const {
  if (const auto* boolean = entry.node->as_boolean()) return boolean->get();
  return Expected(entry, "true or false");
}

Result<std::vector<SpecValue>> TomlReader::Texts(const TomlEntry& entry) const {
  SF_ASSIGN(const toml::array* array, Array(entry));
  std::vector<SpecValue> texts;
  for (const toml::node& node : *array) {
    SF_ASSIGN(std::string text, Text({entry.name, entry.where, &node}));
    texts.push_back({std::move(text), LocationOf(node)});
  }
  return texts;
}

Result<Expression> TomlReader::Sql(const TomlEntry& entry) const {
  if (!entry.node->is_string()) return Expected(entry, "an SQL expression in quotes");
  SF_TRY(RefuseNul(entry));
  Expression expression{entry.node->as_string()->get(), LocationOf(*entry.node).Right(1)};
  if (expression.text.find_first_not_of(" \t\r\n") == std::string::npos)
    return Error(expression.where, fmt::format("'{}' is empty; write an SQL expression over the "
                                               "parameters, e.g. \"attention = 'linformer'\"",
                                               entry.name));
  return expression;
}

Result<std::string> TomlReader::ListText(const toml::array& list, std::string_view name) const {
  std::string json = "[";
  for (const toml::node& item : list) {
    const Value value = ScalarOf(item);
    if (IsNull(value))
      return Error(LocationOf(item), fmt::format("a list value of '{}' may hold text, numbers "
                                                 "and booleans only, not {}",
                                                 name, KindOf(item)));
    if (const double* real = EndlessOf(value))
      return Error(LocationOf(item),
                   fmt::format("a list value of '{}' may hold finite numbers only; a program that "
                               "takes the word gets it as text: \"{}\"",
                               name, FormatNumber(*real)));
    json += (json.size() > 1 ? "," : "") + FormatJson(value);
  }
  return json + "]";
}

Result<SpecValue> TomlReader::ParameterValue(const toml::node& node, std::string_view name) const {
  const Location where = LocationOf(node);
  SF_TRY(RefuseNul({std::string(name), where, &node}));
  if (const auto* list = node.as_array()) {
    SF_ASSIGN(std::string json, ListText(*list, name));
    return SpecValue{std::move(json), where};
  }
  Value value = ScalarOf(node);
  if (const double* real = EndlessOf(value))
    return Error(where, fmt::format("'{0}' must be a finite number; a program that takes the word "
                                    "gets it as text: {0} = \"{1}\"",
                                    name, FormatNumber(*real)));
  if (!IsNull(value)) return SpecValue{std::move(value), where};
  return Error(where, fmt::format("'{}' must be text, a number, a boolean or a list, not {}", name,
                                  KindOf(node)));
}

}  // namespace sweepformer
