#include <fmt/format.h>

#include <algorithm>

#include "tools/cli/command.h"

namespace sweepformer::cli {
namespace {

std::string Usage(const Command& command) {
  std::string usage = "sweepformer " + command.name;
  for (const PositionalSpec& positional : command.positionals)
    usage += positional.required ? " " + positional.name : fmt::format(" [{}]", positional.name);
  if (!command.options.empty()) usage += " [options]";
  return usage;
}

std::string OptionTerm(const OptionSpec& option) {
  std::string term = option.short_name ? fmt::format("-{}, ", option.short_name) : "    ";
  term += "--" + option.name;
  return option.argument.empty() ? term : term + " " + option.argument;
}

std::string OptionTable(const Command& command) {
  std::size_t width = 0;
  for (const OptionSpec& option : command.options)
    width = std::max(width, OptionTerm(option).size());
  std::string table;
  for (const OptionSpec& option : command.options)
    table += fmt::format("  {:<{}}  {}\n", OptionTerm(option), width, option.doc);
  return table;
}

std::string ExampleList(const Command& command) {
  std::string list;
  for (const Example& example : command.examples)
    list += fmt::format("  {}\n      {}\n", example.command, example.what);
  return list;
}

}  // namespace

std::string ShortHelp(const Command& command) {
  return fmt::format("{}\n\n{}\noptions:\n{}", command.about, ExampleList(command),
                     OptionTable(command));
}

std::string LongHelp(const Command& command) {
  std::string help = fmt::format("{}\n\nusage: {}\n\nexamples:\n{}\noptions:\n{}", command.about,
                                 Usage(command), ExampleList(command), OptionTable(command));
  if (!command.details.empty()) help += "\n" + command.details + "\n";
  return help;
}

std::string ProgramHelp() {
  std::string help =
      "Runs grids of experiments and compares what came back.\n\n"
      "  sweepformer plan experiments/demo.toml      what would run, and why\n"
      "  sweepformer run experiments/demo.toml       run it; the same command again resumes\n"
      "  sweepformer compare demo --by attention --metric test_accuracy\n\ncommands:\n";
  for (const Command& command : Commands())
    help += fmt::format("  {:<10}{}\n", command.name, command.about);
  return help +
         "\n'sweepformer COMMAND -h' shows examples, '--help' everything; '--version' the "
         "version\n";
}

}  // namespace sweepformer::cli
