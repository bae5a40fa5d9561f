#include <nlohmann/json.hpp>

#include "results/comparison_forms.h"
#include "results/comparison_warnings.h"

namespace sweepformer {
namespace {

using Json = nlohmann::ordered_json;

Json ValueJson(const Value& value) { return Json::parse(FormatJson(value)); }

Json NumberJson(const std::optional<double>& number) {
  return number ? ValueJson(*number) : Json();
}

void AddInterval(const std::optional<Interval>& interval, const std::string& name, Json& json) {
  json[name + "_low"] = interval ? NumberJson(interval->low) : Json();
  json[name + "_high"] = interval ? NumberJson(interval->high) : Json();
}

Json ParametersJson(const Comparison& comparison, const ComparedGroup& group) {
  Json json = Json::object();
  for (std::size_t i = 0; i < comparison.by.size(); ++i) {
    json[comparison.by[i]] = ValueJson(group.by[i]);
  }
  return json;
}

Json FigureJson(const ComparedFigure& figure) {
  Json json = {{"n", figure.spread.n},
               {"mean", NumberJson(figure.spread.mean)},
               {"sd", NumberJson(figure.spread.sd)}};
  AddInterval(figure.interval, "ci", json);
  json["iqm"] = NumberJson(figure.iqm);
  AddInterval(figure.test_interval, "test_ci", json);
  json["nan"] = figure.nan;
  return json;
}

Json GroupJson(const Comparison& comparison, const ComparedGroup& group) {
  Json figures = Json::object();
  for (std::size_t i = 0; i < comparison.metrics.size(); ++i) {
    figures[comparison.metrics[i].name] = FigureJson(group.figures[i]);
  }
  return {{"parameters", ParametersJson(comparison, group)},
          {"cells", group.cells},
          {"runs", group.runs},
          {"succeeded", group.succeeded},
          {"seeds", group.seeds},
          {"is_baseline", group.is_baseline},
          {"metrics", std::move(figures)}};
}

Json ItemsJson(const ItemTest& test) {
  const bool bootstrap = test.method == ItemTest::Method::kTwoLevelBootstrap;
  Json json = {{"method", bootstrap ? "two-level bootstrap" : "McNemar"},
               {"items", test.items},
               {"difference", NumberJson(test.difference)}};
  AddInterval(test.interval, "ci", json);
  json["p"] = NumberJson(test.p);
  return json;
}

/// A difference and all that is known of it.
Json TestsJson(const Difference& difference, const MetricSpec& metric) {
  Json json = {{"paired", difference.paired},
               {"n", difference.n},
               {"difference", NumberJson(difference.mean)},
               {"sd", NumberJson(difference.sd)}};
  AddInterval(difference.interval, "ci", json);
  json["p_paired_t"] = NumberJson(difference.p_paired_t);
  json["p_sign_flip"] = NumberJson(difference.p_sign_flip);
  json["p_welch"] = NumberJson(difference.p_welch);
  json["p_holm"] = NumberJson(difference.p_holm);
  const std::string_view replicate = ReplicateWord(metric);
  json["verdict"] = VerdictText(difference.verdict, difference.n, replicate);
  json["verdict_unadjusted"] = VerdictText(difference.verdict_unadjusted, difference.n, replicate);
  if (difference.items) json["items"] = ItemsJson(*difference.items);
  return json;
}

Json DifferenceJson(const Comparison& comparison, const ComparedGroup& group,
                    const MetricSpec& metric, const Difference& difference) {
  Json json = {{"parameters", ParametersJson(comparison, group)},
               {"baseline", ParametersJson(comparison, comparison.groups[*group.baseline])},
               {"metric", metric.name}};
  json.update(TestsJson(difference, metric));
  return json;
}

Json DifferencesJson(const Comparison& comparison) {
  Json list = Json::array();
  for (std::size_t i = 0; i < comparison.metrics.size(); ++i) {
    for (const ComparedGroup& group : comparison.groups) {
      const auto& difference = group.figures[i].difference;
      if (!difference) continue;
      list.push_back(DifferenceJson(comparison, group, comparison.metrics[i], *difference));
    }
  }
  return list;
}

Json MetricsJson(const Comparison& comparison) {
  Json list = Json::array();
  for (const MetricSpec& metric : comparison.metrics) {
    const Json goal = metric.goal == Goal::kNone ? Json() : Json(GoalWord(metric.goal));
    list.push_back({{"name", metric.name}, {"unit", metric.unit}, {"goal", goal}});
  }
  return list;
}

Json FrontJson(const Comparison& comparison, const ParetoFront& front) {
  Json rows = Json::array(), metrics = Json::array();
  for (const std::size_t metric : front.metrics) metrics.push_back(comparison.metrics[metric].name);
  for (std::size_t i = 0; i < front.places.size(); ++i) {
    const auto& by = front.dominator[i];
    rows.push_back(
        {{"parameters", ParametersJson(comparison, comparison.groups[i])},
         {"place", FrontPlaceWord(front.places[i])},
         {"dominated_by", by ? ParametersJson(comparison, comparison.groups[*by]) : Json()}});
  }
  return {{"metrics", std::move(metrics)}, {"cells", std::move(rows)}};
}

Json BestJson(const Comparison& comparison, const BestGroups& best) {
  const MetricSpec& metric = comparison.metrics[best.metric];
  Json ranking = Json::array();
  for (std::size_t i = 0; i < best.ranking.size(); ++i) {
    const ComparedGroup& group = comparison.groups[best.ranking[i]];
    ranking.push_back({{"parameters", ParametersJson(comparison, group)},
                       {"mean", NumberJson(group.figures[best.metric].spread.mean)},
                       {"behind", best.behind[i] ? TestsJson(*best.behind[i], metric) : Json()}});
  }
  return {{"metric", metric.name}, {"left_out", best.left_out}, {"ranking", std::move(ranking)}};
}

Json ChangeJson(const LevelChange& change) {
  return {{"axis", change.axis}, {"from", ValueJson(change.from)}, {"to", ValueJson(change.to)}};
}

/// The tests of an effect, and of the two ways to say how large it is that of the metric's scale.
Json EffectTestsJson(const Difference& difference, std::size_t metric, const Effects& effects) {
  Json json = TestsJson(difference, effects.metrics[metric]);
  const bool is_ratio = effects.scales[metric] == EffectScale::kRatio;
  if (is_ratio)
    for (const char* name : {"difference", "sd", "ci_low", "ci_high"}) json[name] = Json();
  const auto ratio = is_ratio ? RatioOf(difference) : std::nullopt;
  json["scale"] = EffectScaleWord(effects.scales[metric]);
  json["ratio"] = ratio ? NumberJson(ratio->mean) : Json();
  AddInterval(ratio ? ratio->interval : std::nullopt, "ratio_ci", json);
  return json;
}

Json EffectsJson(const Effects& effects) {
  Json list = Json::array(), interactions = Json::array();
  for (const Effect& effect : effects.effects) {
    Json json = ChangeJson(effect.change);
    json["metric"] = effects.metrics[effect.metric].name;
    json["pairs"] = effect.pairs;
    json["mean_from"] = NumberJson(effect.reference);
    json.update(EffectTestsJson(effect.difference, effect.metric, effects));
    list.push_back(std::move(json));
  }
  for (const Interaction& one : effects.interactions) {
    Json json = {{"change", ChangeJson(one.change)},
                 {"other", ChangeJson(one.other)},
                 {"metric", effects.metrics[one.metric].name}};
    json.update(EffectTestsJson(one.difference, one.metric, effects));
    interactions.push_back(std::move(json));
  }
  return {{"effects", std::move(list)},
          {"interactions", std::move(interactions)},
          {"interactions_tested", effects.interactions_tested},
          {"skipped", effects.skipped}};
}

}  // namespace

std::string AnswerJson(const Answer& answer) {
  const Comparison& comparison = answer.comparison;
  Json cells = Json::array();
  for (const ComparedGroup& group : comparison.groups)
    cells.push_back(GroupJson(comparison, group));
  Json json = {{"version", 2},
               {"sweep", comparison.sweep},
               {"by", comparison.by},
               {"metrics", MetricsJson(comparison)},
               {"baseline", comparison.baseline ? Json(*comparison.baseline) : Json()},
               {"baseline_matched_by", comparison.matched_by},
               {"cells", std::move(cells)},
               {"comparisons", DifferencesJson(comparison)}};
  if (answer.front) json["pareto"] = FrontJson(comparison, *answer.front);
  if (answer.best) json["best"] = BestJson(comparison, *answer.best);
  if (answer.effects) json["effects"] = EffectsJson(*answer.effects);
  json["warnings"] = Json::array();
  json["warning_details"] = Json::array();
  for (const Warning& warning : comparison.warnings) {
    json["warnings"].push_back(warning.Text());
    json["warning_details"].push_back({{"kind", warning.kind},
                                       {"seen", warning.seen},
                                       {"matters", warning.matters},
                                       {"advice", warning.advice}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sweepformer
