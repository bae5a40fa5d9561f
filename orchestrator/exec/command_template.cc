#include "orchestrator/exec/command_template.h"

#include <fmt/format.h>

#include <functional>
#include <string_view>

#include "orchestrator/core/suggest.h"

namespace sweepformer {
namespace {

/// Walks over an argument: `text` gets what stands for itself, `placeholder` a name and where its
/// brace opens.
void Walk(std::string_view argument, const std::function<void(std::string_view)>& text,
          const std::function<void(std::string_view, std::size_t)>& placeholder) {
  std::size_t at = 0;
  while (at < argument.size()) {
    const std::string_view rest = argument.substr(at);
    std::size_t length = 1;
    if (rest.starts_with("{{") || rest.starts_with("}}")) {
      text(rest.substr(0, 1));
      length = 2;
    } else if (rest.starts_with("${")) {
      length = std::min(rest.find('}'), rest.size() - 1) + 1;
      text(rest.substr(0, length));
    } else if (rest.front() == '{') {
      length = std::min(rest.find('}'), rest.size() - 1) + 1;
      placeholder(rest.substr(0, length), at);
    } else {
      text(rest.substr(0, 1));
    }
    at += length;
  }
}

/// The name in "{name}"; "" where the brace is never closed.
std::string NameIn(std::string_view braces) {
  return braces.size() > 1 && braces.ends_with('}')
             ? std::string(braces.substr(1, braces.size() - 2))
             : "";
}

std::string Problem(const std::string& name, const std::vector<std::string>& known) {
  if (name.empty()) return "a '{' that opens no {name}; write {{ for a brace";
  const std::string near = DidYouMean(name, known);
  if (!near.empty()) return fmt::format("unknown placeholder {{{}}}{}", name, near);
  return fmt::format(
      "unknown placeholder {{{}}}: it is neither a parameter of the spec nor {}; write {{{{ and "
      "}}}} for braces",
      name, JoinWords(RunPlaceholders()));
}

}  // namespace

const std::vector<std::string>& RunPlaceholders() {
  static const std::vector<std::string> names = {"seed", "run",     "attempt",
                                                 "dir",  "threads", "parent_dir"};
  return names;
}

std::optional<TemplateProblem> CheckTemplate(const std::string& argument,
                                             const std::vector<std::string>& names) {
  std::vector<std::string> known = names;
  known.insert(known.end(), RunPlaceholders().begin(), RunPlaceholders().end());
  std::optional<TemplateProblem> problem;
  const auto check = [&](std::string_view braces, std::size_t offset) {
    const std::string name = NameIn(braces);
    for (const std::string& candidate : known) {
      if (SameName(candidate, name)) return;
    }
    if (!problem) problem = TemplateProblem{offset, Problem(name, known)};
  };
  Walk(
      argument, [](std::string_view) {}, check);
  return problem;
}

bool UsesPlaceholder(const std::string& argument, std::string_view name) {
  bool used = false;
  Walk(
      argument, [](std::string_view) {},
      [&](std::string_view braces, std::size_t) { used = used || SameName(NameIn(braces), name); });
  return used;
}

std::string FillTemplate(const std::string& argument, const Parameters& values) {
  std::string filled;
  const auto add_text = [&](std::string_view text) { filled += text; };
  const auto add_value = [&](std::string_view braces, std::size_t) {
    if (const auto it = values.find(NameIn(braces)); it != values.end()) {
      filled += FormatValue(it->second);
    }
  };
  Walk(argument, add_text, add_value);
  return filled;
}

}  // namespace sweepformer
