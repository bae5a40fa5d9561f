#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sweepformer {

/// One parameter value as SQLite and JSON both hold it: absent, whole number, real or text.
/// Booleans are 1/0 and lists are JSON text (contract.md).
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

/// Orders names without regard to ASCII case: parameter and metric names are case-insensitive.
struct NameLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};

/// Parameters by name; iteration is in name order.
using Parameters = std::map<std::string, Value, NameLess>;

bool SameName(std::string_view a, std::string_view b);

inline bool IsNull(const Value& value) { return std::holds_alternative<std::monostate>(value); }

/// The one form equal values share: a real that is whole becomes an integer (2.0 = 2, -0.0 = 0).
Value Canonical(Value value);

/// As a user would type it: text bare, reals at shortest round-trip precision, absent as "".
std::string FormatValue(const Value& value);

/// Puts the texts of a column in single quotes, as in SQL, where one of them looks like a number
/// that the column holds too: 1 and '1'.
void TellApart(std::vector<Value>& column);

/// As JSON: text quoted and escaped, absent as null, NaN and infinities as strings.
std::string FormatJson(const Value& value);

/// `number` at shortest round-trip precision; "NaN", "Infinity" and "-Infinity" in words.
std::string FormatNumber(double number);

/// `text` as a quoted JSON string.
std::string QuoteJson(std::string_view text);

/// The number in `value`, or NaN where it is absent or text.
double AsDouble(const Value& value);

/// A value as typed on a command line: a whole number or a real where all of it reads as one,
/// true and false as 1 and 0, anything else text.
Value ParseValue(std::string_view text);

/// The same, but what stands in single quotes is text, as in SQL.
Value ParseQuotable(std::string_view text);

}  // namespace sweepformer
