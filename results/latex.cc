#include "results/latex.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "orchestrator/core/printable.h"

namespace sweepformer {
namespace {

using Spelling = std::pair<std::string_view, std::string_view>;

/// Characters that LaTeX would obey, or that its standard fonts do not have.
constexpr std::array<Spelling, 22> kSpellings = {{{"\\", "\\textbackslash{}"},
                                                  {"{", "\\{"},
                                                  {"}", "\\}"},
                                                  {"$", "\\$"},
                                                  {"&", "\\&"},
                                                  {"#", "\\#"},
                                                  {"_", "\\_"},
                                                  {"%", "\\%"},
                                                  {"~", "\\textasciitilde{}"},
                                                  {"^", "\\textasciicircum{}"},
                                                  {"<", "\\textless{}"},
                                                  {">", "\\textgreater{}"},
                                                  {"|", "\\textbar{}"},
                                                  {"`", "\\textasciigrave{}"},
                                                  {"−", "$-$"},
                                                  {"±", "$\\pm$"},
                                                  {"×", "$\\times$"},
                                                  {"≤", "$\\le$"},
                                                  {"≥", "$\\ge$"},
                                                  {"≈", "$\\approx$"},
                                                  {"→", "$\\to$"},
                                                  {"Δ", "$\\Delta$"}}};

std::string_view Spelled(std::string_view character) {
  const auto known =
      std::find_if(kSpellings.begin(), kSpellings.end(),
                   [&](const Spelling& spelling) { return spelling.first == character; });
  return known == kSpellings.end() ? character : known->second;
}

/// Whether the '-' at `at` begins a number and not the second half of a word.
bool IsMinus(std::string_view text, std::size_t at) {
  const std::string_view next = text.substr(at + 1);
  const bool number = next.starts_with("Infinity") ||
                      (!next.empty() && std::isdigit(static_cast<unsigned char>(next[0])));
  return number && (at == 0 || std::string_view(" ([").find(text[at - 1]) != std::string::npos);
}

/// A hyphen; two in a row would become a dash.
std::string_view Hyphen(std::string_view text, std::size_t at) {
  if (IsMinus(text, at)) return "$-$";
  return at > 0 && text[at - 1] == '-' ? "{}-" : "-";
}

std::string OneLine(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return PrintableLine(line);
}

}  // namespace

std::string LatexText(std::string_view text) {
  const std::string line = OneLine(text);
  std::string out;
  for (std::size_t at = 0; at < line.size();) {
    const std::string_view rest = std::string_view(line).substr(at);
    const std::string_view character = rest.substr(0, Utf8Length(rest));
    out += character == "-" ? Hyphen(line, at) : Spelled(character);
    at += character.size();
  }
  return out;
}

std::string LatexHead(const std::vector<TextTable::Column>& columns) {
  std::string head = "% needs \\usepackage{booktabs}\n\\begin{tabular}{";
  std::vector<std::string> headers;
  for (const TextTable::Column& column : columns) {
    head += column.align == Align::kRight ? 'r' : 'l';
    headers.push_back(column.header);
  }
  return head + "}\n\\toprule\n" + LatexLine(headers) + "\\midrule\n";
}

std::string LatexLine(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) line += (line.empty() ? "" : " & ") + LatexText(cell);
  // Behind the end of a line or a rule, "[" and "*" would belong to that.
  if (line.starts_with('[') || line.starts_with('*')) line = "{}" + line;
  return line + " \\\\\n";
}

}  // namespace sweepformer
