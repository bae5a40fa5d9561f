#include "results/effects.h"

#include <algorithm>
#include <cmath>

#include "results/comparison_testing.h"
#include "results/trade_off.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

/// full and Linformer at 2 and 4, on titles and bodies, three seeds.
struct Crossed : Fixture {
  explicit Crossed(double interaction = 0) {
    std::vector<SweepMember> members;
    std::vector<double> accuracies, speeds;
    for (std::int64_t seed = 1; seed <= 3; ++seed)
      for (const char* input : {"title", "body"})
        for (const std::int64_t compression : {0, 2, 4}) {
          const bool full = compression == 0;
          members.push_back(Run(full ? "full" : "linformer",
                                full ? std::optional<std::int64_t>() : compression, seed, input));
          const bool body = std::string(input) == "body";
          const double noise = 1e-4 * static_cast<double>((seed * 7 + compression * 3 + body) % 5);
          accuracies.push_back(.8 + (body ? .1 : 0) - (full ? 0 : .02) -
                               (compression == 4 ? .01 : 0) -
                               (body && compression == 4 ? interaction : 0) + noise);
          speeds.push_back(full ? 100 : 150);
        }
    Plan(members);
    SucceedAll(*this, accuracies, speeds);
  }
  Effects Find(std::vector<std::string> metrics = {"accuracy"}) {
    return EffectsOf(store.connection(), {.sweep = "demo", .metrics = std::move(metrics)}).value();
  }
};

const Effect* FindChange(const Effects& effects, const std::string& axis) {
  for (const Effect& effect : effects.effects)
    if (effect.change.axis == axis) return &effect;
  return nullptr;
}

using Sentences = std::vector<std::string>;

/// Speeds of full attention and of another design, by seed.
struct Timed : Fixture {
  void Add(const char* input, const std::vector<double>& full, const std::vector<double>& other) {
    for (std::size_t i = 0; i < full.size(); ++i) {
      const auto seed = static_cast<std::int64_t>(i + 1);
      members.push_back(Run("full", {}, seed, input));
      members.push_back(Run("linformer", {}, seed, input));
      speeds.insert(speeds.end(), {full[i], other[i]});
    }
  }
  Effects Find() {
    Plan(members);
    for (std::size_t i = 0; i < runs.size(); ++i)
      Succeed(store, runs[i], {{"train_samples_per_second", speeds[i]}});
    return EffectsOf(store.connection(), request).value();
  }
  std::string Write(const Effects& effects, TableFormat format) {
    Answer answer;
    answer.comparison = Ask(request).value();
    answer.effects = effects;
    return RenderAnswer(answer, format);
  }

  const ComparisonRequest request{.sweep = "demo", .metrics = {"train_samples_per_second"}};
  std::vector<SweepMember> members;
  std::vector<double> speeds;
};

}  // namespace

TEST_CASE("an effect is over the cells that differ in the axis only", "[effects]") {
  Crossed f;
  const Effects effects = f.Find();
  const Effect* input = FindChange(effects, "input");
  REQUIRE(input);
  CHECK(input->pairs == 3);
  CHECK(input->difference.n == 3);
  CHECK(*input->difference.mean == Approx(.1).margin(1e-3));
  CHECK(input->difference.verdict == DifferenceVerdict::kBetter);
  const Effect* compression = FindChange(effects, "compression");
  REQUIRE(compression);
  CHECK(compression->pairs == 2);
  CHECK(*compression->difference.mean == Approx(-.01).margin(1e-3));
}

TEST_CASE("an axis that one level does not have is averaged over", "[effects]") {
  Crossed f;
  const Effects effects = f.Find();
  const Effect* attention = FindChange(effects, "attention");
  REQUIRE(attention);
  CHECK(attention->pairs == 2);  // title and body
  CHECK(*attention->difference.mean == Approx(-.025).margin(1e-3));
}

TEST_CASE("an effect that depends on another axis is found, one that does not is not",
          "[effects]") {
  Crossed without, with(.05);
  CHECK(without.Find().interactions.empty());
  const Effects effects = with.Find();
  const auto found =
      std::find_if(effects.interactions.begin(), effects.interactions.end(),
                   [](const Interaction& one) { return one.change.axis == "compression"; });
  REQUIRE(found != effects.interactions.end());
  CHECK(found->other.axis == "input");
  CHECK(*found->difference.mean == Approx(-.05).margin(1e-3));
}

TEST_CASE("what differs between cells that only some levels have is no interaction", "[effects]") {
  // epochs changes the effect of compression; input does not, but lacks epochs = 2 where it is body
  Fixture f;
  std::vector<SweepMember> members;
  std::vector<double> accuracies;
  for (std::int64_t seed = 1; seed <= 4; ++seed)
    for (const bool body : {false, true})
      for (const std::int64_t compression : {2, 4})
        for (const std::int64_t epochs : {1, 2}) {
          if (body && epochs == 2) continue;
          Parameters parameters = {{"attention", std::string("linformer")},
                                   {"input", std::string(body ? "body" : "title")},
                                   {"compression", compression},
                                   {"epochs", epochs}};
          members.push_back(Member(std::move(parameters), seed));
          const auto luck = seed * 7 + compression * 3 + body + epochs * seed;
          const double noise = 1e-4 * static_cast<double>(luck % 5);
          accuracies.push_back(.5 + (compression == 4 ? .1 : 0) +
                               (compression == 4 && epochs == 2 ? .1 : 0) + noise);
        }
  f.Plan(members);
  SucceedAll(f, accuracies);
  const Effects effects =
      EffectsOf(f.store.connection(), {.sweep = "demo", .metrics = {"accuracy"}}).value();
  CHECK_FALSE(effects.interactions.empty());
  for (const Interaction& one : effects.interactions) {
    INFO(one.change.axis << " by " << one.other.axis);
    CHECK((one.change.axis != "input" && one.other.axis != "input"));
  }
}

TEST_CASE("what follows from other parameters is no axis and need not be equal", "[effects]") {
  Fixture f;
  std::vector<SweepMember> members;
  std::vector<double> accuracies;
  for (std::int64_t seed = 1; seed <= 3; ++seed)
    for (const std::int64_t rows : {250, 1000})
      for (const std::int64_t compression : {2, 4}) {
        Parameters parameters = {{"train_rows", rows}, {"compression", compression}};
        parameters["epochs"] = rows == 250 ? std::int64_t{20} : std::int64_t{12};
        parameters["length"] = rows / compression;
        members.push_back(Member(std::move(parameters), seed));
        accuracies.push_back((rows == 250 ? .5 : .7) - .01 * static_cast<double>(compression));
      }
  f.Plan(members);
  SucceedAll(f, accuracies);
  const Effects effects =
      EffectsOf(f.store.connection(),
                {.sweep = "demo", .metrics = {"accuracy"}, .derived = {"EPOCHS", "length"}})
          .value();
  CHECK(effects.skipped.empty());
  REQUIRE(effects.effects.size() == 2);
  CHECK(effects.effects[0].change.axis == "compression");
  CHECK(effects.effects[0].pairs == 2);
  CHECK(effects.effects[1].change.axis == "train_rows");
  CHECK(*effects.effects[1].difference.mean == Approx(.2));
}

TEST_CASE("axes that go together are one, also where some cells lack one of them", "[effects]") {
  Fixture f;
  std::vector<SweepMember> members;
  std::vector<double> accuracies;
  for (std::int64_t seed = 1; seed <= 3; ++seed)
    for (const bool full : {true, false})
      for (const std::int64_t heads : {2, 4}) {
        Parameters parameters = {{"attention", std::string(full ? "full" : "fnet")},
                                 {"d_model", 32 * heads}};
        if (full) parameters["heads"] = heads;
        members.push_back(Member(std::move(parameters), seed));
        accuracies.push_back((full ? .8 : .7) + .01 * static_cast<double>(heads));
      }
  f.Plan(members);
  SucceedAll(f, accuracies);
  const Effects effects =
      EffectsOf(f.store.connection(), {.sweep = "demo", .metrics = {"accuracy"}}).value();
  CHECK(effects.skipped.empty());
  REQUIRE(effects.effects.size() == 2);
  CHECK(effects.effects[0].change.axis == "attention");
  CHECK(effects.effects[1].change.axis == "d_model");
  CHECK(effects.effects[1].pairs == 2);
}

TEST_CASE("an effect is over the seeds that all pairs of cells have", "[effects]") {
  Fixture f;
  std::vector<SweepMember> members;
  std::vector<double> accuracies;
  const auto add = [&](const char* input, std::int64_t seed, double change) {
    members.push_back(Run("full", {}, seed, input));
    members.push_back(Run("fnet", {}, seed, input));
    accuracies.insert(accuracies.end(), {.5, .5 + change});
  };
  for (const std::int64_t seed : {1, 2}) {
    add("title", seed, .125);
    add("body", seed, .25);
  }
  add("body", 3, .25);  // by itself it would be a seed in which attention does more
  f.Plan(members);
  SucceedAll(f, accuracies);
  const ComparisonRequest request{.sweep = "demo", .metrics = {"accuracy"}};
  const Effects effects = EffectsOf(f.store.connection(), request).value();
  const Effect* attention = FindChange(effects, "attention");
  REQUIRE(attention);
  CHECK(attention->pairs == 2);
  CHECK(attention->even);
  CHECK(attention->difference.n == 2);
  CHECK(*attention->difference.mean == Approx(.1875));
}

TEST_CASE("an effect whose seeds are of other pairs says so", "[effects]") {
  Fixture f;
  f.Plan({Run("full", {}, 1, "title"), Run("fnet", {}, 1, "title"), Run("full", {}, 2, "body"),
          Run("fnet", {}, 2, "body")});
  SucceedAll(f, {.5, .625, .5, .75});
  const ComparisonRequest request{.sweep = "demo", .metrics = {"accuracy"}};
  Answer answer;
  answer.comparison = f.Ask(request).value();
  answer.effects = EffectsOf(f.store.connection(), request).value();
  const Effect* attention = FindChange(*answer.effects, "attention");
  REQUIRE(attention);
  CHECK_FALSE(attention->even);
  CHECK(RenderAnswer(answer, TableFormat::kTable)
            .find("1 effect is of other pairs of cells with other seeds") != std::string::npos);
}

TEST_CASE("small effects are told with their digits", "[effects]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("fnet", {}, 1), Run("full", {}, 2), Run("fnet", {}, 2)});
  for (std::size_t i = 0; i < f.runs.size(); ++i)
    Succeed(f.store, f.runs[i], {{"peak_tensor_bytes", i % 2 == 0 ? 0.0 : 3e-9}});
  const auto sentences = TradeOffs(
      EffectsOf(f.store.connection(), {.sweep = "demo", .metrics = {"peak_tensor_bytes"}}).value());
  REQUIRE(sentences.size() == 1);
  CHECK(sentences[0] ==
        "attention = fnet instead of full adds 3e-09 ± 0 bytes of peak_tensor_bytes");
}

TEST_CASE("accuracies that are in per cent already are in points", "[effects]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("fnet", {}, 1), Run("full", {}, 2), Run("fnet", {}, 2)});
  SucceedAll(f, {81, 84, 82, 85.02});
  const auto sentences = TradeOffs(
      EffectsOf(f.store.connection(), {.sweep = "demo", .metrics = {"accuracy"}}).value());
  REQUIRE(sentences.size() == 1);
  CHECK(sentences[0] == "attention = fnet instead of full gains 3.0 ± 0.1 points of accuracy");
}

TEST_CASE("trade-offs are told in words", "[effects]") {
  Crossed f;
  const auto sentences = TradeOffs(f.Find({"accuracy", "train_samples_per_second"}));
  REQUIRE(sentences.size() == 3);
  CHECK(sentences[0].starts_with("attention = linformer instead of full costs 2.5"));
  CHECK(sentences[0].find(" points of accuracy and adds 50") != std::string::npos);
  CHECK(sentences[0].ends_with(" of train_samples_per_second"));
}

TEST_CASE("the interval of a ratio is of both its sides", "[effects]") {
  Timed f;
  f.Add("body", {90, 100, 110}, {700, 700, 700});
  const Effects effects = f.Find();
  REQUIRE(effects.scales == std::vector{EffectScale::kRatio});
  const Effect* attention = FindChange(effects, "attention");
  REQUIRE(attention);
  // of log(700 / 90), log 7 and log(700 / 110), with t = 4.3027
  const Ratio ratio = RatioOf(attention->difference).value();
  CHECK(ratio.mean == Approx(7.02349));
  CHECK(ratio.interval->low == Approx(5.47345));
  CHECK(ratio.interval->high == Approx(9.01249));
  CHECK(*attention->difference.p_paired_t == Approx(.000882744));
  CHECK(attention->reference == Approx(99.6655));  // the third root of 90 · 100 · 110
  CHECK(TradeOffs(effects) == Sentences{"attention = linformer instead of full adds 602 % [447, "
                                        "801] of train_samples_per_second"});
}

TEST_CASE("cells of unequal size count alike in a ratio", "[effects]") {
  Timed f;  // about 0.9 and 3 times as fast
  f.Add("title", {1000, 1000, 1000}, {990, 900, 900 / 1.1});
  f.Add("body", {10, 10, 10}, {33 * 1.02, 30, 30 / 1.1 / 1.02});
  const Effects effects = f.Find();
  const Effect* attention = FindChange(effects, "attention");
  REQUIRE(attention);
  CHECK(attention->pairs == 2);
  const Ratio ratio = RatioOf(attention->difference).value();
  CHECK(ratio.mean == Approx(1.643168));  // the square root of 0.9 · 3
  CHECK(ratio.interval->low == Approx(1.265245));
  CHECK(ratio.interval->high == Approx(2.133973));
  CHECK(*attention->difference.p_paired_t == Approx(.01463294));
  CHECK(TradeOffs(effects)[0] ==
        "attention = linformer instead of full adds 64 % [27, 113] of train_samples_per_second");
  REQUIRE(effects.interactions.size() == 1);
  CHECK(RatioOf(effects.interactions[0].difference)->mean == Approx(3 / .9));
  const std::string text = f.Write(effects, TableFormat::kTable);
  CHECK(text.find(" × 1.64 [1.27, 2.13]  ") != std::string::npos);
  CHECK(text.find("  × 3.33 [3.17, 3.50]  ") != std::string::npos);
  CHECK(text.find("effect: mean (×: geometric, of the ratios) over") != std::string::npos);
}

TEST_CASE("what is as much faster in one place as in another does not interact", "[effects]") {
  Timed f;
  f.Add("title", {900, 1000, 1100}, {1800, 2000, 2200});
  f.Add("body", {6.9, 7.1, 7.3}, {13.8, 14.2, 14.6});
  const Effects effects = f.Find();
  CHECK(effects.interactions_tested == 1);
  CHECK(effects.interactions.empty());
  CHECK(RatioOf(FindChange(effects, "attention")->difference)->mean == Approx(2));
}

TEST_CASE("ratios below one are told as what they take, unclear ones with their signs",
          "[effects]") {
  Timed less, unclear;
  less.Add("body", {100, 100, 100}, {69 * std::pow(1.2, .1), 69, 69 / std::pow(1.2, .1)});
  CHECK(TradeOffs(less.Find())[0].ends_with(" takes 31 % [28, 34] of train_samples_per_second"));
  unclear.Add("body", {100, 100, 100}, {90, 110, 95});
  CHECK(TradeOffs(unclear.Find())[0].ends_with(" (-2 % [-24, 27])"));
}

TEST_CASE("one figure without a logarithm keeps a metric's effects differences", "[effects]") {
  Timed f;
  f.Add("title", {100, 110, 120}, {150, 160, 170});
  f.Add("body", {0, 10, 20}, {50, 60, 70});
  const Effects effects = f.Find();
  REQUIRE(effects.scales == std::vector{EffectScale::kDifference});
  CHECK(*FindChange(effects, "attention")->difference.mean == Approx(50));
  CHECK(TradeOffs(effects)[0].ends_with(" adds 50.0 ± 0.0 reviews/s of train_samples_per_second"));
}

TEST_CASE("scripts are told of what scale an effect is", "[effects]") {
  Timed f;
  f.Add("body", {1, 1, 1}, {1, 1, 1});
  const Effects effects = f.Find();
  CHECK(f.Write(effects, TableFormat::kCsv) ==
        "axis,from,to,metric,pairs,mean_from,difference,difference_n,difference_ci_low,"
        "difference_ci_high,p_paired_t,p_sign_flip,p_welch,p_holm,verdict,scale,ratio,ratio_ci_low,"
        "ratio_ci_high\n"
        "attention,full,linformer,train_samples_per_second,1,1,,3,,,1,1,,1,equal,ratio,1,1,1\n");
  CHECK(f.Write(effects, TableFormat::kJson).find("\"scale\": \"ratio\"") != std::string::npos);
}
