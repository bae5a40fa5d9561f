#include "orchestrator/core/parameter_table.h"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace sweepformer {
namespace {

std::string LowerName(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

std::string MemberJson(const std::string& name, const Value& value) {
  return IsNull(value) ? "" : QuoteJson(LowerName(name)) + ':' + FormatJson(value);
}

}  // namespace

ParameterTable::ParameterTable(std::vector<std::string> names)
    : columns_(names.size()), by_name_(names.size()) {
  for (std::size_t i = 0; i < names.size(); ++i) columns_[i].name = std::move(names[i]);
  std::iota(by_name_.begin(), by_name_.end(), 0);
  std::sort(by_name_.begin(), by_name_.end(), [&](std::size_t a, std::size_t b) {
    return NameLess()(columns_[a].name, columns_[b].name);
  });
}

std::shared_ptr<const ParameterTable> ParameterTable::Of(const Parameters& parameters) {
  std::vector<std::string> names;
  std::vector<Value> values;
  for (const auto& [name, value] : parameters) {
    names.push_back(name);
    values.push_back(Canonical(value));
  }
  auto table = std::make_shared<ParameterTable>(std::move(names));
  table->AddRow(values);
  return table;
}

std::optional<std::size_t> ParameterTable::FindColumn(std::string_view name) const {
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (SameName(columns_[i].name, name)) return i;
  return {};
}

void ParameterTable::AddRow(std::span<const Value> values) {
  for (std::size_t i = 0; i < columns_.size(); ++i) Append(values[i], columns_[i]);
  ++rows_;
}

void ParameterTable::Append(const Value& value, Column& column) {
  const bool as_before = rows_ > 0 && column.values[column.last].value == value;
  if (!as_before) column.last = CodeOf(value, column);
  if (column.codes.empty()) {
    if (column.last == 0) return;
    column.codes.assign(rows_, 0);
  }
  column.codes.push_back(column.last);
}

std::uint32_t ParameterTable::CodeOf(const Value& value, Column& column) {
  const auto next = static_cast<std::uint32_t>(column.values.size());
  const auto [it, is_new] = column.code_of.try_emplace(value, next);
  if (is_new) column.values.push_back({value, MemberJson(column.name, value)});
  return it->second;
}

const ParameterTable::Distinct& ParameterTable::Find(std::size_t row, std::size_t column) const {
  const Column& found = columns_[column];
  return found.values[found.codes.empty() ? 0 : found.codes[row]];
}

Parameters ParameterTable::Row(std::size_t row) const {
  Parameters parameters;
  for (const std::size_t column : by_name_) {
    const Value& value = At(row, column);
    if (!IsNull(value)) parameters.emplace_hint(parameters.end(), columns_[column].name, value);
  }
  return parameters;
}

void ParameterTable::AppendJson(std::size_t row, std::string& text) const {
  text += '{';
  bool is_first = true;
  for (const std::size_t column : by_name_) {
    const std::string& member = Find(row, column).json;
    if (member.empty()) continue;
    if (!is_first) text += ',';
    is_first = false;
    text += member;
  }
  text += '}';
}

std::string CanonicalJson(const Parameters& parameters) {
  std::string text;
  ParameterTable::Of(parameters)->AppendJson(0, text);
  return text;
}

}  // namespace sweepformer
