#include "orchestrator/core/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>

namespace sweepformer {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Integers beyond 2^53 are not exact as doubles, so a real above it stays a real.
constexpr double kExactLimit = 9007199254740992.0;

template <typename T>
bool ReadsAs(std::string_view text, T& out) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

bool NameLess::operator()(std::string_view a, std::string_view b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return Lower(x) < Lower(y); });
}

bool SameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

Value Canonical(Value value) {
  const double* real = std::get_if<double>(&value);
  if (real && std::abs(*real) <= kExactLimit && std::trunc(*real) == *real)
    return static_cast<std::int64_t>(*real);
  return value;
}

std::string FormatNumber(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return fmt::format("{}", number);
}

std::string FormatValue(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *whole);
  if (const auto* real = std::get_if<double>(&value)) return FormatNumber(*real);
  return "";
}

std::string QuoteJson(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

void TellApart(std::vector<Value>& column) {
  const auto is_text = [](const Value& value) {
    return std::holds_alternative<std::string>(value);
  };
  if (std::none_of(column.begin(), column.end(), is_text)) return;
  std::set<std::string> numbers;
  for (const Value& value : column)
    if (!is_text(value) && !IsNull(value)) numbers.insert(FormatValue(value));
  if (std::none_of(column.begin(), column.end(), [&](const Value& value) {
        return is_text(value) && numbers.contains(std::get<std::string>(value));
      }))
    return;
  for (Value& value : column)
    if (is_text(value)) value = "'" + std::get<std::string>(value) + "'";
}

std::string FormatJson(const Value& value) {
  if (IsNull(value)) return "null";
  if (const auto* text = std::get_if<std::string>(&value)) return QuoteJson(*text);
  const auto* real = std::get_if<double>(&value);
  if (real && !std::isfinite(*real)) return QuoteJson(FormatNumber(*real));
  return FormatValue(value);
}

double AsDouble(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::numeric_limits<double>::quiet_NaN();
}

Value ParseValue(std::string_view text) {
  std::int64_t whole = 0;
  double real = 0;
  if (ReadsAs(text, whole)) return whole;
  if (ReadsAs(text, real)) return real;
  if (text == "true") return std::int64_t{1};
  if (text == "false") return std::int64_t{0};
  return std::string(text);
}

Value ParseQuotable(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '\'' && text.back() == '\'';
  return quoted ? Value(std::string(text.substr(1, text.size() - 2))) : ParseValue(text);
}

}  // namespace sweepformer
