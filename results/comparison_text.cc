#include "results/comparison_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "orchestrator/core/printable.h"
#include "orchestrator/core/suggest.h"
#include "results/figure_scale.h"

namespace sweepformer {
namespace {

using Json = nlohmann::ordered_json;

std::string ValueText(const Value& value) {
  return IsNull(value) ? "-" : PrintableLine(FormatValue(value));
}

std::string RunsText(const ComparedGroup& group) {
  if (group.succeeded == group.runs) return fmt::format("{}", group.runs);
  return fmt::format("{} of {}", group.succeeded, group.runs);
}

FigureScale ScaleOf(const Comparison& comparison, std::size_t metric) {
  std::vector<Spread> spreads;
  for (const ComparedGroup& group : comparison.groups) {
    spreads.push_back(group.figures[metric].spread);
  }
  return FigureScale::Fit(comparison.metrics[metric].unit, spreads);
}

/// "mean ± sd" of one column, the signs below one another.
std::vector<std::string> SpreadTexts(const std::vector<Spread>& spreads, const FigureScale& scale,
                                     bool with_sign) {
  std::vector<std::string> deviations;
  std::size_t width = 0;
  for (const Spread& spread : spreads) {
    deviations.push_back(spread.sd ? scale.Format(*spread.sd) : "");
    width = std::max(width, deviations.back().size());
  }
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < spreads.size(); ++i) {
    std::string text = "-";
    if (spreads[i].mean) {
      text = with_sign ? scale.FormatSigned(*spreads[i].mean) : scale.Format(*spreads[i].mean);
    }
    if (spreads[i].sd) {
      text += fmt::format(" ± {:>{}}", deviations[i], width);
    } else if (width > 0) {
      text += std::string(3 + width, ' ');
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

void AddColumn(TextTable& table, std::string header, Align align,
               const std::vector<std::string>& cells) {
  table.columns.push_back({std::move(header), align});
  for (std::size_t i = 0; i < cells.size(); ++i) table.rows[i].push_back(cells[i]);
}

void AddByColumns(const Comparison& comparison, TextTable& table) {
  for (std::size_t i = 0; i < comparison.by.size(); ++i) {
    std::vector<std::string> cells;
    bool text = false;
    for (const ComparedGroup& group : comparison.groups) {
      cells.push_back(ValueText(group.by[i]));
      text = text || std::holds_alternative<std::string>(group.by[i]);
    }
    AddColumn(table, comparison.by[i], text ? Align::kLeft : Align::kRight, cells);
  }
}

void AddFigureColumns(const Comparison& comparison, std::size_t metric, TextTable& table) {
  const FigureScale scale = ScaleOf(comparison, metric);
  std::vector<Spread> spreads;
  std::vector<Spread> differences;
  for (const ComparedGroup& group : comparison.groups) {
    const ComparedFigure& figure = group.figures[metric];
    spreads.push_back(figure.spread);
    differences.push_back(figure.difference ? figure.difference->spread : Spread());
  }
  AddColumn(table, scale.Header(comparison.metrics[metric].name), Align::kRight,
            SpreadTexts(spreads, scale, false));
  if (!comparison.baseline) return;
  std::vector<std::string> texts = SpreadTexts(differences, scale, true);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (comparison.groups[i].is_baseline) texts[i] = "baseline";
    const auto& difference = comparison.groups[i].figures[metric].difference;
    if (difference && !difference->paired) texts[i] += " unpaired";
  }
  AddColumn(table, "Δ", Align::kRight, texts);
}

TextTable TableOf(const Comparison& comparison) {
  TextTable table;
  table.rows.resize(comparison.groups.size());
  AddByColumns(comparison, table);
  std::vector<std::string> runs;
  for (const ComparedGroup& group : comparison.groups) runs.push_back(RunsText(group));
  AddColumn(table, "runs", Align::kRight, runs);
  for (std::size_t i = 0; i < comparison.metrics.size(); ++i) {
    AddFigureColumns(comparison, i, table);
  }
  return table;
}

/// How the figures were computed.
std::vector<std::string> NotesOf(const Comparison& comparison) {
  std::vector<std::string> notes = {"mean ± sample standard deviation over the succeeded runs"};
  if (!comparison.baseline) return notes;
  std::string against = *comparison.baseline;
  if (!comparison.matched_by.empty()) {
    against += " with the same " + JoinWords(comparison.matched_by, "and", false);
  }
  notes.push_back(fmt::format(
      "Δ: against {}; mean ± sd of the differences between runs of the same seed", against));
  return notes;
}

std::string ByText(const Comparison& comparison) {
  return comparison.by.empty() ? "one cell" : fmt::format("by {}", fmt::join(comparison.by, ", "));
}

std::string RenderAsTable(const Comparison& comparison) {
  std::string text = fmt::format("{} {}\n\n", comparison.sweep, ByText(comparison));
  text += RenderText(TableOf(comparison)) + "\n";
  for (const std::string& note : NotesOf(comparison)) text += note + "\n";
  for (const std::string& warning : comparison.warnings) text += "warning: " + warning + "\n";
  return text;
}

std::string RenderAsMarkdown(const Comparison& comparison) {
  std::string text = fmt::format("**{}** {}\n\n", comparison.sweep, ByText(comparison));
  text += RenderMarkdown(TableOf(comparison)) + "\n";
  for (const std::string& note : NotesOf(comparison)) text += "- " + note + "\n";
  for (const std::string& warning : comparison.warnings) text += "- **warning:** " + warning + "\n";
  return text;
}

/// Notes and warnings are comments: the caption is the author's.
std::string RenderAsLatex(const Comparison& comparison) {
  std::string text = RenderLatex(TableOf(comparison));
  for (const std::string& note : NotesOf(comparison)) text += "% " + PrintableLine(note) + "\n";
  for (const std::string& warning : comparison.warnings) {
    text += "% warning: " + PrintableLine(warning) + "\n";
  }
  return text;
}

std::string NumberField(const std::optional<double>& number) {
  return number ? FormatNumber(*number) : "";
}

std::vector<std::string> CsvHeaders(const Comparison& comparison) {
  std::vector<std::string> headers = comparison.by;
  headers.insert(headers.end(), {"cells", "runs", "succeeded"});
  for (const MetricSpec& metric : comparison.metrics) {
    for (const char* part : {"n", "mean", "sd"}) {
      headers.push_back(fmt::format("{}_{}", metric.name, part));
    }
    if (!comparison.baseline) continue;
    for (const char* part : {"n", "mean", "sd"}) {
      headers.push_back(fmt::format("{}_difference_{}", metric.name, part));
    }
  }
  return headers;
}

void AppendSpread(const Spread& spread, std::vector<std::string>& fields) {
  fields.push_back(std::to_string(spread.n));
  fields.push_back(NumberField(spread.mean));
  fields.push_back(NumberField(spread.sd));
}

std::vector<std::string> CsvFields(const Comparison& comparison, const ComparedGroup& group) {
  std::vector<std::string> fields;
  for (const Value& value : group.by) fields.push_back(FormatValue(value));
  for (const int count : {group.cells, group.runs, group.succeeded}) {
    fields.push_back(std::to_string(count));
  }
  for (const ComparedFigure& figure : group.figures) {
    AppendSpread(figure.spread, fields);
    if (!comparison.baseline) continue;
    AppendSpread(figure.difference ? figure.difference->spread : Spread(), fields);
  }
  return fields;
}

std::string CsvLine(std::vector<std::string> fields) {
  for (std::string& field : fields) field = CsvField(field);
  return fmt::format("{}\n", fmt::join(fields, ","));
}

std::string RenderAsCsv(const Comparison& comparison) {
  std::string text = CsvLine(CsvHeaders(comparison));
  for (const ComparedGroup& group : comparison.groups) {
    text += CsvLine(CsvFields(comparison, group));
  }
  return text;
}

Json ValueJson(const Value& value) { return Json::parse(FormatJson(value)); }

Json NumberJson(const std::optional<double>& number) {
  return number ? ValueJson(*number) : Json();
}

Json SpreadJson(const Spread& spread) {
  return {{"n", spread.n}, {"mean", NumberJson(spread.mean)}, {"sd", NumberJson(spread.sd)}};
}

Json FigureJson(const ComparedFigure& figure) {
  Json json = SpreadJson(figure.spread);
  json["nan"] = figure.nan;
  if (figure.difference) {
    json["difference"] = SpreadJson(figure.difference->spread);
    json["difference"]["paired"] = figure.difference->paired;
  }
  return json;
}

Json GroupJson(const Comparison& comparison, const ComparedGroup& group) {
  Json by = Json::object();
  for (std::size_t i = 0; i < comparison.by.size(); ++i) {
    by[comparison.by[i]] = ValueJson(group.by[i]);
  }
  Json figures = Json::object();
  for (std::size_t i = 0; i < comparison.metrics.size(); ++i) {
    figures[comparison.metrics[i].name] = FigureJson(group.figures[i]);
  }
  return {{"by", by},
          {"cells", group.cells},
          {"runs", group.runs},
          {"succeeded", group.succeeded},
          {"is_baseline", group.is_baseline},
          {"metrics", figures}};
}

std::string RenderAsJson(const Comparison& comparison) {
  Json metrics = Json::array();
  for (const MetricSpec& metric : comparison.metrics) {
    metrics.push_back({{"name", metric.name}, {"unit", metric.unit}});
  }
  Json rows = Json::array();
  for (const ComparedGroup& group : comparison.groups) rows.push_back(GroupJson(comparison, group));
  const Json json = {{"version", 1},
                     {"sweep", comparison.sweep},
                     {"by", comparison.by},
                     {"metrics", metrics},
                     {"baseline", comparison.baseline ? Json(*comparison.baseline) : Json()},
                     {"baseline_matched_by", comparison.matched_by},
                     {"rows", rows},
                     {"warnings", comparison.warnings}};
  return json.dump(2) + "\n";
}

}  // namespace

std::string RenderComparison(const Comparison& comparison, TableFormat format) {
  switch (format) {
    case TableFormat::kTable: return RenderAsTable(comparison);
    case TableFormat::kCsv: return RenderAsCsv(comparison);
    case TableFormat::kJson: return RenderAsJson(comparison);
    case TableFormat::kMarkdown: return RenderAsMarkdown(comparison);
    case TableFormat::kLatex: return RenderAsLatex(comparison);
  }
  return "";
}

}  // namespace sweepformer
