#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>

#include "orchestrator/core/suggest.h"
#include "tools/cli/command.h"

namespace sweepformer::cli {
namespace {

namespace po = boost::program_options;

po::options_description Describe(const Command& command) {
  po::options_description description;
  for (const OptionSpec& option : command.options) {
    const std::string names =
        option.short_name ? fmt::format("{},{}", option.name, option.short_name) : option.name;
    if (option.argument.empty())
      description.add_options()(names.c_str(), "");
    else
      description.add_options()(names.c_str(), po::value<std::vector<std::string>>(), "");
  }
  for (const PositionalSpec& positional : command.positionals)
    description.add_options()(positional.name.c_str(), po::value<std::vector<std::string>>(), "");
  return description;
}

po::positional_options_description Positions(const Command& command) {
  po::positional_options_description positions;
  for (const PositionalSpec& positional : command.positionals) {
    const bool many = positional.name.ends_with("...");
    positions.add(positional.name.c_str(), many ? -1 : 1);
  }
  return positions;
}

bool HasOption(const Command& command, std::string_view typed) {
  return std::any_of(command.options.begin(), command.options.end(),
                     [&](const OptionSpec& option) { return "--" + option.name == typed; });
}

/// For an option that only other commands have: which; else "".
std::string OwnersOf(const std::string& typed) {
  std::vector<std::string> owners;
  for (const Command& other : Commands())
    if (HasOption(other, typed)) owners.push_back(other.name);
  return owners.empty() ? "" : "it belongs to " + JoinWords(owners, "and", false) + "; ";
}

Status UnknownOption(const Command& command, const std::string& typed) {
  std::vector<std::string> names;
  for (const OptionSpec& option : command.options) names.push_back("--" + option.name);
  std::string near = DidYouMean(typed, names);
  for (const std::string& name : names)
    if (name.starts_with(typed)) near = ", did you mean '" + name + "'?";
  if (typed == "--json" && HasOption(command, "--format")) near = ", did you mean '--format json'?";
  return InvalidArgument(
      fmt::format("unknown option '{}'{}", typed,
                  near.empty() ? fmt::format("; {}'sweepformer {} --help' lists the options",
                                             OwnersOf(typed), command.name)
                               : near));
}

Status Misuse(const Command& command, const std::string& what) {
  return InvalidArgument(
      fmt::format("{}; 'sweepformer {} -h' shows how it is used", what, command.name));
}

/// `what` as named in the message: "--format" or "ACTION".
Status CheckChoice(const std::string& what, const std::vector<std::string>& choices,
                   const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end())
      continue;
    return InvalidArgument(fmt::format("{} must be {}, not '{}'{}", what,
                                       JoinWords(choices, "or", false), value,
                                       DidYouMean(value, choices)));
  }
  return {};
}

Status CheckChoices(const Command& command, const Arguments& arguments) {
  for (const OptionSpec& option : command.options)
    SF_TRY(CheckChoice("--" + option.name, option.choices, arguments.All(option.name)));
  for (const PositionalSpec& positional : command.positionals)
    SF_TRY(CheckChoice(positional.name, positional.choices, arguments.All(positional.name)));
  return {};
}

/// An empty path, as a shell gives for a variable that is not set, names nothing.
Status CheckPaths(const Command& command, const Arguments& arguments) {
  const auto is_path = [](const std::string& what) {
    return what == "DB" || what == "DIR" || what == "FILE" || what == "SPEC";
  };
  for (const OptionSpec& option : command.options)
    if (is_path(option.argument) && arguments.Text(option.name) == "")
      return Misuse(command, fmt::format("--{} is empty", option.name));
  for (const PositionalSpec& positional : command.positionals)
    if (is_path(positional.name) && arguments.Text(positional.name) == "")
      return Misuse(command, fmt::format("{} is empty", positional.name));
  return {};
}

/// A value where none belongs, or none where one does.
Status WrongSyntax(const Command& command, const po::invalid_command_line_syntax& error) {
  const std::string typed = error.get_option_name();
  for (const OptionSpec& option : command.options) {
    if (typed != "--" + option.name && typed != fmt::format("-{}", option.short_name)) continue;
    return Misuse(command, option.argument.empty() ? fmt::format("--{} takes no value", option.name)
                                                   : fmt::format("{} needs a value: --{} {}", typed,
                                                                 option.name, option.argument));
  }
  return Misuse(command, error.what());
}

Result<Arguments> Collect(const Command& command, const po::parsed_options& parsed) {
  Arguments arguments;
  for (const auto& option : parsed.options) {
    const bool flag = option.value.empty();
    const OptionSpec* spec = nullptr;
    for (const OptionSpec& candidate : command.options)
      if (candidate.name == option.string_key) spec = &candidate;
    if (spec && !spec->repeated && arguments.Has(spec->name))
      return Misuse(command, fmt::format("--{} is given twice", spec->name));
    if (flag) arguments.Add(option.string_key, "");
    for (const std::string& value : option.value) arguments.Add(option.string_key, value);
  }
  for (const PositionalSpec& positional : command.positionals)
    if (positional.required && !arguments.Has(positional.name))
      return Misuse(command, fmt::format("{} is missing", positional.name));
  SF_TRY(CheckChoices(command, arguments));
  SF_TRY(CheckPaths(command, arguments));
  return arguments;
}

}  // namespace

Result<Arguments> ParseArguments(const Command& command, const std::vector<std::string>& args) {
  const auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  const po::options_description description = Describe(command);
  const po::positional_options_description positions = Positions(command);
  try {
    return Collect(command, po::command_line_parser(args)
                                .options(description)
                                .positional(positions)
                                .style(style)
                                .run());
  } catch (const po::unknown_option& error) {
    return UnknownOption(command, error.get_option_name());
  } catch (const po::invalid_command_line_syntax& error) {
    return WrongSyntax(command, error);
  } catch (const po::too_many_positional_options_error&) {
    return Misuse(command, "too many arguments");
  } catch (const po::error& error) {
    return Misuse(command, error.what());
  }
}

}  // namespace sweepformer::cli
