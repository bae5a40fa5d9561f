#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "results/answer_section.h"
#include "results/comparison_forms.h"
#include "results/comparison_warnings.h"

namespace sweepformer {
namespace {

using Fields = std::vector<std::string>;

constexpr std::array kDifferenceParts = {
    "difference", "difference_n", "difference_ci_low", "difference_ci_high",
    "p_paired_t", "p_sign_flip",  "p_welch",           "p_holm",
    "verdict"};

void AppendNumber(const std::optional<double>& number, Fields& fields) {
  fields.push_back(number ? FormatNumber(*number) : "");
}

void AppendInterval(const std::optional<Interval>& interval, Fields& fields) {
  AppendNumber(interval ? std::optional(interval->low) : std::nullopt, fields);
  AppendNumber(interval ? std::optional(interval->high) : std::nullopt, fields);
}

Fields HeadersOf(const Comparison& comparison) {
  Fields headers = comparison.by;
  headers.insert(headers.end(), {"cells", "runs", "succeeded"});
  const auto add = [&](const std::string& name, std::initializer_list<const char*> parts) {
    for (const char* part : parts) headers.push_back(fmt::format("{}_{}", name, part));
  };
  for (const MetricSpec& metric : comparison.metrics) {
    add(metric.name, {"n", "mean", "sd", "ci_low", "ci_high"});
    if (!comparison.baseline) continue;
    for (const char* part : kDifferenceParts) {
      headers.push_back(fmt::format("{}_{}", metric.name, part));
    }
  }
  return headers;
}

void AppendDifference(const std::optional<Difference>& difference, const MetricSpec& metric,
                      Fields& fields) {
  if (!difference) {
    fields.insert(fields.end(), kDifferenceParts.size(), "");
    return;
  }
  AppendNumber(difference->mean, fields);
  fields.push_back(std::to_string(difference->n));
  AppendInterval(difference->interval, fields);
  for (const auto& p :
       {difference->p_paired_t, difference->p_sign_flip, difference->p_welch, difference->p_holm})
    AppendNumber(p, fields);
  fields.push_back(VerdictText(difference->verdict, difference->n, ReplicateWord(metric)));
}

Fields FieldsOf(const Comparison& comparison, const ComparedGroup& group) {
  Fields fields;
  for (const Value& value : group.by) fields.push_back(FormatValue(value));
  for (const int count : {group.cells, group.runs, group.succeeded}) {
    fields.push_back(std::to_string(count));
  }
  for (std::size_t i = 0; i < group.figures.size(); ++i) {
    const ComparedFigure& figure = group.figures[i];
    fields.push_back(std::to_string(figure.spread.n));
    AppendNumber(figure.spread.mean, fields);
    AppendNumber(figure.spread.sd, fields);
    AppendInterval(figure.interval, fields);
    if (comparison.baseline) AppendDifference(figure.difference, comparison.metrics[i], fields);
  }
  return fields;
}

std::string CsvLine(Fields fields) {
  for (std::string& field : fields) field = CsvField(field);
  return fmt::format("{}\n", fmt::join(fields, ","));
}

Fields WithDifferenceParts(Fields headers) {
  headers.insert(headers.end(), kDifferenceParts.begin(), kDifferenceParts.end());
  return headers;
}

/// The difference or the ratio, as the metric's scale is; the other is left empty.
void AppendEffect(const Effect& effect, const Effects& effects, Fields& fields) {
  const EffectScale scale = effects.scales[effect.metric];
  Difference difference = effect.difference;
  std::optional<Ratio> ratio;
  if (scale == EffectScale::kRatio) {
    ratio = RatioOf(difference);
    difference.mean.reset();
    difference.interval.reset();
  }
  AppendDifference(difference, effects.metrics[effect.metric], fields);
  fields.emplace_back(EffectScaleWord(scale));
  AppendNumber(ratio ? std::optional(ratio->mean) : std::nullopt, fields);
  AppendInterval(ratio ? ratio->interval : std::nullopt, fields);
}

std::string EffectsCsv(const Effects& effects) {
  Fields headers = WithDifferenceParts({"axis", "from", "to", "metric", "pairs", "mean_from"});
  headers.insert(headers.end(), {"scale", "ratio", "ratio_ci_low", "ratio_ci_high"});
  std::string text = CsvLine(std::move(headers));
  for (const Effect& effect : effects.effects) {
    const auto& [axis, from, to] = effect.change;
    Fields fields = {axis,
                     FormatValue(from),
                     FormatValue(to),
                     effects.metrics[effect.metric].name,
                     std::to_string(effect.pairs),
                     FormatNumber(effect.reference)};
    AppendEffect(effect, effects, fields);
    text += CsvLine(std::move(fields));
  }
  return text;
}

std::string BestCsv(const Comparison& comparison, const BestGroups& best) {
  const MetricSpec& metric = comparison.metrics[best.metric];
  Fields headers = {"rank"};
  headers.insert(headers.end(), comparison.by.begin(), comparison.by.end());
  headers.push_back(metric.name + "_mean");
  std::string text = CsvLine(WithDifferenceParts(std::move(headers)));
  for (std::size_t rank = 0; rank < best.ranking.size(); ++rank) {
    const ComparedGroup& group = comparison.groups[best.ranking[rank]];
    Fields fields = {std::to_string(rank + 1)};
    for (const Value& value : group.by) fields.push_back(FormatValue(value));
    AppendNumber(group.figures[best.metric].spread.mean, fields);
    AppendDifference(best.behind[rank], metric, fields);
    text += CsvLine(std::move(fields));
  }
  return text;
}

}  // namespace

std::string AnswerCsv(const Answer& answer) {
  if (answer.effects) return EffectsCsv(*answer.effects);
  const Comparison& comparison = answer.comparison;
  if (answer.best) return BestCsv(comparison, *answer.best);
  Fields headers = HeadersOf(comparison);
  if (answer.front) headers.push_back("front");
  std::string text = CsvLine(std::move(headers));
  for (std::size_t i = 0; i < comparison.groups.size(); ++i) {
    Fields fields = FieldsOf(comparison, comparison.groups[i]);
    if (answer.front) fields.emplace_back(FrontPlaceWord(answer.front->places[i]));
    text += CsvLine(std::move(fields));
  }
  return text;
}

}  // namespace sweepformer
