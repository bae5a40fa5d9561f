#include "results/answer.h"

#include <fmt/format.h>

#include "results/answer_section.h"
#include "results/comparison_forms.h"

namespace sweepformer {
namespace {

std::vector<Section> SectionsOf(const Answer& answer) {
  std::vector<Section> sections = CellsSections(answer);
  if (answer.plot) sections.push_back(PlotSection(answer));
  if (answer.best) sections.push_back(BestSection(answer));
  if (!answer.effects) return sections;
  sections.push_back(EffectsSection(answer));
  sections.push_back(InteractionsSection(answer));
  return sections;
}

std::string TextOf(const Section& section) {
  std::string text = section.title + "\n\n";
  if (!section.table.rows.empty()) text += RenderText(section.table);
  if (!section.table.rows.empty() && !section.drawing.empty()) text += "\n";
  text += section.drawing;
  if (!section.notes.empty() && !text.ends_with("\n\n")) text += "\n";
  for (const std::string& note : section.notes) text += note + "\n";
  return text;
}

std::string MarkdownOf(const Section& section) {
  const std::size_t name_end = section.title.find(' ');
  std::string text =
      fmt::format("**{}**{}\n\n", section.title.substr(0, name_end),
                  name_end == std::string::npos ? "" : section.title.substr(name_end));
  if (!section.table.rows.empty()) text += RenderMarkdown(section.table) + "\n";
  if (!section.drawing.empty()) text += fmt::format("```\n{}```\n\n", section.drawing);
  for (const std::string& note : section.notes) text += "- " + note + "\n";
  return text;
}

/// `text` as comment lines.
std::string LatexComment(const std::string& text) { return "% " + text + "\n"; }

std::string LatexOf(const Section& section) {
  std::string text = LatexComment(section.title);
  if (!section.table.rows.empty()) text += RenderLatex(section.table);
  for (const std::string& note : section.notes) text += LatexComment(note);
  return text;
}

std::string Render(const Answer& answer, std::string (*section_text)(const Section&),
                   const std::string& before_warning) {
  std::string text;
  for (const Section& section : SectionsOf(answer)) {
    if (!text.empty()) text += "\n";
    text += section_text(section);
  }
  for (const Warning& warning : answer.comparison.warnings)
    text += before_warning + warning.Text() + "\n";
  return text;
}

}  // namespace

std::string RenderAnswer(const Answer& answer, TableFormat format) {
  switch (format) {
    case TableFormat::kTable: return Render(answer, TextOf, "warning: ");
    case TableFormat::kMarkdown: return Render(answer, MarkdownOf, "- **warning:** ");
    case TableFormat::kLatex: return Render(answer, LatexOf, "% warning: ");
    case TableFormat::kCsv: return AnswerCsv(answer);
    case TableFormat::kJson: return AnswerJson(answer);
  }
  return "";
}

}  // namespace sweepformer
