#include "orchestrator/spec/toml_problem.h"

#include <fmt/format.h>

namespace sweepformer {
namespace {

/// What to type where toml++'s words begin with `begin` (after its "Error while parsing ") and hold
/// `part`.
struct Advice {
  std::string_view begin;
  std::string_view part;
  std::string_view what;
};

constexpr Advice kAdvice[] = {
    {"string", "control characters", "the text is not closed: put a quote at its end"},
    {"string", "escape sequence", "write \\\\ for a backslash, or put the text in single quotes"},
    {"boolean", "", "text stands in quotes; booleans are written true and false"},
    {"floating-point", "saw '.'", "write a digit before the point, e.g. 0.1"},
    {"array", "", "values are separated by commas, and a list ends with ]"},
    {"inline table", "saw '\\n'",
     "{ ... } stands on one line; a longer one is written as a section, e.g. [axes.lr]"},
    {"table header", "expected ']'", "a section is written [name], an entry of a list [[name]]"},
    {"", "cannot redefine", "it is given twice: keep one of them"},
    {"key-value pair", "expected '='", "write name = value"},
    {"key-value pair", "expected value, saw '\\n'", "write a value after the ="},
    {"key-value pair", "expected a comment or whitespace",
     "nothing may follow a value; text and SQL expressions stand in quotes"},
    {"", "utf-8", "save the file as UTF-8"},
};

}  // namespace

std::string TomlProblem(std::string_view description) {
  constexpr std::string_view kPrefix = "Error while parsing ";
  if (description.starts_with(kPrefix)) description.remove_prefix(kPrefix.size());
  for (const Advice& advice : kAdvice)
    if (description.starts_with(advice.begin) && description.find(advice.part) != description.npos)
      return fmt::format("not valid TOML: {}; {}", description, advice.what);
  return fmt::format("not valid TOML: {}", description);
}

}  // namespace sweepformer
