#include "tools/cli/man.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "tools/cli/facts.h"
#include "tools/cli/help.h"
#include "tools/version.h"

namespace sweepformer::cli {
namespace {

/// `text` as roff reads it back: no character of it is a command.
std::string Escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool begins_line = out.empty() || out.back() == '\n';
    if (begins_line && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '`') {
      out += "\\(ga";
    } else {
      out += c;
    }
  }
  return out;
}

std::string Bold(std::string_view text) { return "\\fB" + Escape(text) + "\\fR"; }
std::string Italic(std::string_view text) { return "\\fI" + Escape(text) + "\\fR"; }

std::string Header(const std::string& page, std::string_view about) {
  std::string title = page;
  for (char& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return fmt::format(
      ".TH \"{}\" 1 \"\" \"sweepformer {}\" \"Sweepformer\"\n"
      ".SH NAME\n{} \\- {}\n",
      Escape(title), kVersion, Escape(page), Escape(about));
}

/// The page's name line has neither capital nor full stop.
std::string NameLine(std::string about) {
  if (about.ends_with('.')) about.pop_back();
  if (!about.empty() && about[0] >= 'A' && about[0] <= 'Z') about[0] += 'a' - 'A';
  return about;
}

std::string Tagged(std::string_view term, std::string_view meaning) {
  return fmt::format(".TP\n{}\n{}\n", term, Escape(meaning));
}

std::string Facts(std::string_view title, const std::vector<Fact>& facts) {
  std::string text = fmt::format(".SH {}\n", title);
  for (const Fact& fact : facts) text += Tagged(Bold(fact.term), fact.meaning);
  return text;
}

std::string Typed(std::string_view command) {
  return fmt::format(".PP\n.nf\n.RS\n{}\n.RE\n.fi\n", Escape(command));
}

std::string Synopsis(const Command& command) {
  std::string text = ".SH SYNOPSIS\n" + Bold("sweepformer " + command.name);
  for (const PositionalSpec& positional : command.positionals) {
    const std::string name = Italic(positional.name);
    text += positional.required ? " " + name : " [" + name + "]";
  }
  return text + (command.options.empty() ? "\n" : " [" + Italic("options") + "]\n");
}

std::string Description(const Command& command) {
  std::string text = ".SH DESCRIPTION\n" + Escape(command.about) + "\n";
  std::string_view rest = command.details;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find("\n\n"), rest.size());
    const std::string_view paragraph = rest.substr(0, end);
    text += paragraph.starts_with(' ') ? Typed(paragraph) : ".PP\n" + Escape(paragraph) + "\n";
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  return text;
}

std::string Options(const Command& command) {
  if (command.options.empty()) return "";
  std::string text = ".SH OPTIONS\n";
  for (const OptionSpec& option : command.options) {
    std::string term = option.short_name ? Bold(fmt::format("-{}", option.short_name)) + ", " : "";
    term += Bold("--" + option.name);
    if (!option.argument.empty()) term += " " + Italic(option.argument);
    text += Tagged(term, option.doc + ".");
  }
  return text;
}

std::string Examples(const Command& command) {
  std::string text = ".SH EXAMPLES\n";
  for (std::size_t i = 0; i < command.examples.size(); ++i) {
    const Example& example = command.examples[i];
    text += (i > 0 ? ".PP\n" : "") + Escape(example.what + ":") + "\n" +
            Typed(FoldCommand(example.command));
  }
  return text;
}

}  // namespace

std::string ManPage(const Command& command) {
  return Header("sweepformer-" + command.name, NameLine(command.about)) + Synopsis(command) +
         Description(command) + Options(command) + Examples(command) +
         Facts("EXIT STATUS", ExitCodeFacts()) + ".SH SEE ALSO\n.BR sweepformer (1)\n";
}

std::string ManPage() {
  std::vector<Fact> commands;
  for (const Command& command : Commands()) {
    if (!command.hidden) commands.push_back({command.name, command.about});
  }
  std::string text =
      Header("sweepformer", "runs grids of experiments and compares what came back") +
      ".SH SYNOPSIS\n" + Bold("sweepformer") + " " + Italic("command") + " [" +
      Italic("arguments") + "]\n.SH DESCRIPTION\n" +
      Escape(
          "A grid in a TOML file becomes runs, worker processes carry them out, and an SQLite "
          "file, the store, holds what came back. A run is known by its content: what has "
          "succeeded is not run again.\n") +
      ".SS First steps\n";
  for (const Fact& step : FirstSteps()) text += Tagged(Bold(step.term), step.meaning + ".");
  text += Facts("COMMANDS", commands);
  text += Facts("EXIT STATUS", ExitCodeFacts()) + Facts("ENVIRONMENT", EnvironmentFacts()) +
          Facts("FILES", FileFacts()) + ".SH SEE ALSO\n";
  for (const Fact& command : commands) {
    const bool last = &command == &commands.back();
    text += ".BR " + Escape("sweepformer-" + command.term) + (last ? " (1)\n" : " (1),\n");
  }
  return text;
}

}  // namespace sweepformer::cli
