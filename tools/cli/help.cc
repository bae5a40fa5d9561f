#include "tools/cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/cli/facts.h"

namespace sweepformer::cli {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kLines = 24;

/// `text` with its lines broken between words; lines after the first are indented.
std::string Wrap(std::string_view text, std::size_t first_column, std::size_t indent) {
  std::string out;
  std::size_t column = first_column;
  std::size_t begin = 0;
  while ((begin = text.find_first_not_of(" \n", begin)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(" \n", begin), text.size());
    const std::size_t width = end - begin;
    if (!out.empty() && column + 1 + width > kColumns) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!out.empty()) {
      out += ' ';
      ++column;
    }
    out += text.substr(begin, width);
    column += width;
    begin = end;
  }
  return out;
}

/// Paragraphs are filled anew; one whose lines are indented stays as it is.
std::string Paragraphs(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    const std::string_view paragraph = text.substr(0, end);
    out += out.empty() ? "" : "\n";
    out += (paragraph.starts_with(' ') ? std::string(paragraph) : Wrap(paragraph, 0, 0)) + "\n";
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return out;
}

std::string FactTable(const std::vector<Fact>& facts) {
  std::size_t width = 0;
  for (const Fact& fact : facts) width = std::max(width, fact.term.size());
  std::string table;
  for (const Fact& fact : facts) {
    table +=
        fmt::format("  {:<{}}  {}\n", fact.term, width, Wrap(fact.meaning, width + 4, width + 4));
  }
  return table;
}

std::string OptionTerm(const OptionSpec& option) {
  std::string term = option.short_name ? fmt::format("-{}, ", option.short_name) : "    ";
  term += "--" + option.name;
  return option.argument.empty() ? term : term + " " + option.argument;
}

/// With its title; nothing where there are no options.
std::string OptionTable(const Command& command) {
  if (command.options.empty()) return "";
  std::vector<Fact> facts;
  for (const OptionSpec& option : command.options)
    facts.push_back({OptionTerm(option), option.doc});
  return "\noptions:\n" + FactTable(facts);
}

std::string ExampleText(const Example& example) {
  return fmt::format("  {}\n      {}\n", FoldCommand(example.command), Wrap(example.what, 6, 6));
}

std::string CommandTable() {
  std::vector<Fact> facts;
  for (const Command& command : Commands()) {
    if (!command.hidden) facts.push_back({command.name, command.about});
  }
  return FactTable(facts);
}

std::size_t LinesOf(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

std::string Usage(const Command& command) {
  std::string usage = "sweepformer " + command.name;
  for (const PositionalSpec& positional : command.positionals)
    usage += positional.required ? " " + positional.name : fmt::format(" [{}]", positional.name);
  if (!command.options.empty()) usage += " [options]";
  return usage;
}

std::string FoldCommand(const std::string& line) {
  if (line.size() + 2 <= kColumns) return line;
  const std::size_t limit = kColumns - 4;  // two for the margin, two for the backslash
  const std::size_t cut = line.rfind(" -", limit);
  if (cut == std::string::npos || cut == 0) return line;
  return line.substr(0, cut) + " \\\n      " + FoldCommand(line.substr(cut + 1));
}

std::string ShortHelp(const Command& command) {
  const std::string head = Wrap(command.about, 0, 0) + "\n\n";
  const std::string options = OptionTable(command);
  const std::string foot = fmt::format("\n'sweepformer {} --help' says more\n", command.name);
  std::string examples;
  for (const Example& example : command.examples) {
    const std::string more = examples + ExampleText(example);
    if (!examples.empty() && LinesOf(head + more + options + foot) > kLines) break;
    examples = more;
  }
  return head + examples + options + foot;
}

std::string LongHelp(const Command& command) {
  std::string help =
      fmt::format("{}\n\nusage: {}\n\nexamples:\n", Wrap(command.about, 0, 0), Usage(command));
  for (const Example& example : command.examples) help += ExampleText(example);
  help += OptionTable(command);
  if (!command.details.empty()) help += "\n" + Paragraphs(command.details);
  return help;
}

std::string ShortHelp() {
  return fmt::format(
      "Runs grids of experiments and compares what came back.\n\n{}\ncommands:\n{}"
      "'sweepformer COMMAND -h' shows examples, '--help' everything\n",
      FactTable(FirstSteps()), CommandTable());
}

std::string LongHelp() {
  return fmt::format(
      "{}\noptions:\n  -h, --help  this help; after a command, help on it\n"
      "  --version   the version\n\nexit codes:\n{}\nenvironment:\n{}\nfiles:\n{}",
      ShortHelp(), FactTable(ExitCodeFacts()), FactTable(EnvironmentFacts()),
      FactTable(FileFacts()));
}

}  // namespace sweepformer::cli
