#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/value.h"

namespace sweepformer {

/// What is wrong with an argument of a command template, at the byte where it is.
struct TemplateProblem {
  std::size_t offset = 0;
  std::string message;
};

/// Names a template may use besides parameters: what only a run knows.
const std::vector<std::string>& RunPlaceholders();  // seed run attempt dir threads parent_dir

/// Checks an argument in which {name} stands for a value: `names` and RunPlaceholders() are known,
/// {{ and }} stand for braces, ${X} is the shell's. Anything else in braces is a problem.
std::optional<TemplateProblem> CheckTemplate(const std::string& argument,
                                             const std::vector<std::string>& names);

/// Whether {name} stands in the argument.
bool UsesPlaceholder(const std::string& argument, std::string_view name);

/// `argument` with every {name} replaced by its value, unquoted; by nothing where it has none.
std::string FillTemplate(const std::string& argument, const Parameters& values);

}  // namespace sweepformer
