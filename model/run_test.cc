#include "model/run.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "datasets/fingerprint.h"
#include "model/description.h"
#include "model/encoder.h"
#include "model/platform.h"
#include "model/run_recorder.h"
#include "model/testing.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/testing.h"

namespace sweepformer::model {
namespace {

using testing::Plain;
using testing::RecordRun;
using testing::ReproducibleMetrics;
using testing::TinyRun;
using Recorder = testing::RunRecorder;

/// Every value of the parameter 'attention'.
std::vector<std::string> AllDesigns() { return Describe().FindParameter("attention")->choices; }

std::string Refusal(const Parameters& parameters) {
  return ResolveParameters(parameters).status().message();
}

TEST_CASE("a run reports every metric of its description and no other", "[run]") {
  for (const std::string& attention : AllDesigns()) {
    const Recorder run = RecordRun(TinyRun(attention, {{"epochs", std::int64_t{2}}}));
    std::vector<std::string> expected, reported;
    for (const MetricSpec& metric : RunMetrics()) {
      if (metric.name == "init_loaded_share") continue;  // only with init_from
      if (metric.when == "second_test IS NOT NULL") continue;
      if (metric.when == "best_epoch_by = 'mcc'") continue;
      const bool compressive_only = metric.when.starts_with("reconstruction_weight > 0");
      const bool of_one_design = metric.when.starts_with("attention = ");
      if (of_one_design && metric.when != "attention = '" + attention + "'") continue;
      if (compressive_only && attention != "compressive") continue;
      const bool of_encoders = metric.when.starts_with("attention NOT IN");
      if (of_encoders && (attention == "none" || attention == "lstm")) continue;
      expected.push_back(metric.name);
    }
    for (const auto& [name, value] : run.metrics) reported.push_back(name);
    std::sort(expected.begin(), expected.end());
    CHECK(reported == expected);
  }
}

TEST_CASE("a run is judged on a second set where one is named, and else runs the same", "[run]") {
  const sweepformer::testing::TempFolder folder;
  for (const char* part : {"train", "test"}) {
    for (int i = 0; i < 30; ++i) {
      const bool good = i % 2 == 1;
      const auto path = folder / fmt::format("aclImdb/{}/{}/{}_{}.txt", part, good ? "pos" : "neg",
                                             i, good ? 9 : 2);
      REQUIRE(WriteFileAtomic(path, fmt::format("review {} of {}", i, part)).ok());
    }
  }
  const Parameters parameters = TinyRun("none", {{"epochs", std::int64_t{1}}});
  RunInput input = testing::Plain(parameters);
  input.data_folder = folder.path();
  const Recorder alone = RecordRun(input);
  input.parameters["second_test"] = "imdb";
  const Recorder both = RecordRun(input);
  CHECK(both.metrics.at("second_test_samples") == 30);
  CHECK(both.metrics.at("second_test_accuracy") == Approx(0.5).margin(0.5));
  CHECK(both.metrics.contains("second_test_loss"));
  CHECK(both.metrics.contains("second_test_mcc"));
  CHECK(both.history == alone.history);
  CHECK(both.test_hits == alone.test_hits);
  CHECK(both.data != alone.data);
}

TEST_CASE("two runs of the same seed are bit-identical", "[run]") {
  for (const std::string& attention : AllDesigns()) {
    const Parameters parameters =
        TinyRun(attention, {{"epochs", std::int64_t{2}}, {"dropout", 0.1}});
    const Recorder one = RecordRun(parameters), same = RecordRun(parameters);
    CHECK(one.history == same.history);
    CHECK(one.test_hits == same.test_hits);
    CHECK(ReproducibleMetrics(one) == ReproducibleMetrics(same));
    CHECK(one.history != RecordRun(parameters, /*seed=*/2).history);
  }
}

TEST_CASE("a run chooses its epoch on validation and reads test once", "[run]") {
  const Recorder run = RecordRun(TinyRun("none", {{"epochs", std::int64_t{5}}, {"lr", 0.01}}));
  const auto& valid = run.history.at("valid_accuracy/valid");
  REQUIRE(valid.size() == 5);
  const auto best = std::max_element(valid.begin(), valid.end(), [](const auto& a, const auto& b) {
    return a.second < b.second;  // max_element gives the first of equal ones
  });
  CHECK(run.metrics.at("best_epoch") == static_cast<double>(best->first));
  CHECK(run.metrics.at("valid_accuracy") == best->second);
  const auto right = std::count(run.test_hits.begin(), run.test_hits.end(), true);
  CHECK(run.metrics.at("test_samples") == static_cast<double>(run.test_hits.size()));
  CHECK(run.metrics.at("test_accuracy") ==
        static_cast<double>(right) / static_cast<double>(run.test_hits.size()));
  std::set<std::string> curves;
  for (const auto& [name, points] : run.history) curves.insert(name);
  for (const char* of_data : {"rows_read", "rows_dropped", "class_samples"})
    std::erase_if(curves, [&](const std::string& name) { return name.starts_with(of_data); });
  CHECK(curves == std::set<std::string>{"step_loss/train", "test_accuracy_by_length/test",
                                        "test_items_by_length/test", "train_accuracy/train",
                                        "train_loss/train", "valid_accuracy/valid",
                                        "valid_loss/valid"});
}

/// A file of CoLA's: of every four sentences three are acceptable; a word tells half of the others,
/// and is as often in those. The most accurate epoch (3) is not that of the highest correlation
/// (2), but for rounding on other CPUs.
std::string ColaFile(std::string_view part, int rows) {
  std::string text;
  for (int i = 0; i < rows; ++i) {
    const bool told = i % 8 == 0 || i % 8 == 3;
    text += fmt::format("gj04\t{}\t\t{} {} {} {}\n", i % 4 == 0 ? 0 : 1, told ? "odd" : "even",
                        part, i % 7, i);
  }
  return text;
}

TEST_CASE("a run on cola chooses its epoch by Matthews correlation", "[run]") {
  const sweepformer::testing::TempFolder folder;
  REQUIRE(WriteFileAtomic(folder / "CoLA/train.tsv", ColaFile("train", 300)).ok());
  REQUIRE(WriteFileAtomic(folder / "CoLA/dev.tsv", ColaFile("dev", 40)).ok());
  Parameters parameters = TinyRun("none", {{"dataset", "cola"},
                                           {"valid_share", 0.3},
                                           {"epochs", std::int64_t{6}},
                                           {"batch_size", std::int64_t{4}},
                                           {"lr", 0.03}});
  parameters.erase("rows");
  const auto chosen_by = [&](const char* figure, const std::string& history) {
    RunInput input = Plain(parameters);
    input.parameters["best_epoch_by"] = figure;
    input.data_folder = folder.path();
    const Recorder run = RecordRun(input);
    const auto& valid = run.history.at(history + "/valid");
    const auto best = std::max_element(
        valid.begin(), valid.end(),
        [](const auto& one, const auto& other) { return one.second < other.second; });
    CHECK(run.metrics.at("best_epoch") == static_cast<double>(best->first));
    CHECK(run.metrics.at(history) == best->second);
    return run;
  };
  const Recorder by_mcc = chosen_by("mcc", "valid_mcc");
  const Recorder by_accuracy = chosen_by("accuracy", "valid_accuracy");
  CHECK(by_mcc.history.at("valid_accuracy/valid") ==
        by_accuracy.history.at("valid_accuracy/valid"));
  CHECK_FALSE(by_accuracy.metrics.contains("valid_mcc"));
  CHECK(ResolveParameters(parameters).value().at("best_epoch_by") == Value("mcc"));
  CHECK(Refusal({{"best_epoch_by", "mcc"}})
            .starts_with("parameter 'best_epoch_by' has no effect here"));
}

TEST_CASE("a run says how many of each class its parts have and what was dropped", "[run]") {
  const Recorder run = RecordRun(TinyRun("none"));
  double sum = 0;
  for (const char* part : {"train", "valid", "test"}) {
    const auto& classes = run.history.at(std::string("class_samples/") + part);
    REQUIRE(classes.size() == 2);
    CHECK(classes[0].first == 0);
    CHECK(classes[1].first == 1);
    sum += classes[0].second + classes[1].second;
  }
  double dropped = 0;
  for (const char* reason :
       {"duplicates", "also_in_test", "neutral", "untitled", "empty", "other_domain"})
    dropped += run.history.at(std::string("rows_dropped/") + reason).at(0).second;
  CHECK(run.history.at("rows_read/all").at(0).second == sum + dropped);
}

TEST_CASE("a run's history is numbered by epochs, its step losses by steps", "[run]") {
  const Recorder run =
      RecordRun(TinyRun("none", {{"epochs", std::int64_t{2}}, {"batch_size", std::int64_t{64}}}));
  for (const char* name : {"train_loss/train", "train_accuracy/train", "valid_loss/valid"}) {
    REQUIRE(run.history.at(name).size() == 2);
    CHECK(run.history.at(name)[0].first == 1);
    CHECK(run.history.at(name)[1].first == 2);
  }
  const auto& steps = run.history.at("step_loss/train");
  const auto batches = static_cast<std::int64_t>(std::ceil(run.metrics.at("train_samples") / 64));
  CHECK(steps.front().first == 1);
  CHECK(steps.back().first == 2 * batches);
}

TEST_CASE("a run tells the closed form of what its largest layer holds", "[run]") {
  const auto told = [](const std::string& attention, Parameters more) {
    more["epochs"] = std::int64_t{1};
    const Recorder run = RecordRun(TinyRun(attention, more));
    const auto found = run.metrics.find("layer_activation_bytes");
    return found == run.metrics.end() ? 0 : found->second;
  };
  const ModelOptions options = testing::OptionsOf(TinyRun("linformer"));
  EncoderLayer layer(options.encoder, options.attention({}));
  CHECK(told("linformer", {}) == 4.0 * layer->PeakHeld(24));
  const std::int64_t one = 1, two = 2;
  CHECK(told("linformer", {{"gradient_checkpointing", one}}) == 4.0 * layer->PeakHeld(24));
  const Parameters growing = {{"layers", two}, {"window", two * 8}, {"window_growth", two}};
  CHECK(told("longformer", growing) == told("longformer", {{"window", two * 16}}));
  CHECK(told("none", {}) == 0);
  CHECK(told("lstm", {}) == 0);
}

TEST_CASE("a run's sizes are exact", "[run]") {
  const Recorder full = RecordRun(TinyRun("full", {{"epochs", std::int64_t{1}}}));
  const Recorder linformer = RecordRun(TinyRun("linformer", {{"epochs", std::int64_t{1}}}));
  const Recorder bag = RecordRun(TinyRun("none", {{"epochs", std::int64_t{1}}}));
  const double projections = 2 * 24 * 6;
  CHECK(full.metrics.at("mixing_parameters") == 4 * (16 * 16 + 16));
  CHECK(linformer.metrics.at("mixing_parameters") == 4 * (16 * 16 + 16) + projections);
  CHECK(linformer.metrics.at("parameters") == full.metrics.at("parameters") + projections);
  CHECK(bag.metrics.at("mixing_parameters") == 0);
  CHECK(linformer.metrics.at("layer_activation_bytes") > 4.0 * 24 * 16);  // one input of the layer
  CHECK_FALSE(bag.metrics.contains("layer_activation_bytes"));
  CHECK(linformer.metrics.at("effective_compression") == linformer.metrics.at("mean_tokens") / 6);
  CHECK(full.metrics.at("peak_tensor_bytes") > 4 * 4 * full.metrics.at("parameters"));
  CHECK(full.metrics.at("peak_rss_bytes") > full.metrics.at("peak_tensor_bytes"));
}

TEST_CASE("shorter titles show as an effective compression below the nominal one", "[run]") {
  const Recorder run =
      RecordRun(TinyRun("linformer", {{"epochs", std::int64_t{1}}, {"input", "title"}}));
  CHECK(run.metrics.at("effective_compression") < 4);
  CHECK(run.metrics.at("mean_tokens") < 12);
}

TEST_CASE("effective compression counts the slots that hold tokens, in every layer", "[run]") {
  const std::int64_t one = 1, two = 2;
  const Parameters pooled =
      TinyRun("linformer", {{"epochs", one}, {"input", "title"}, {"projection", "mean-pool"}});
  const auto data = testing::DataOf(pooled, /*seed=*/1);
  double tokens = 0, slots = 0;
  for (std::int64_t i = 0; i < data.train.size(); ++i) {
    tokens += data.train.Length(i);
    slots += (data.train.Length(i) + 3) / 4;  // of windows of four
  }
  CHECK(RecordRun(pooled).metrics.at("effective_compression") == Approx(tokens / slots));
  const Parameters growing =
      TinyRun("linformer", {{"epochs", one}, {"layers", two}, {"compression_growth", two}});
  const Recorder run = RecordRun(growing);
  CHECK(run.metrics.at("effective_compression") ==  // 6 slots, then 3
        Approx(run.metrics.at("mean_tokens") * (1.0 / 6 + 1.0 / 3) / 2));
}

TEST_CASE("a run tells its resolved parameters and they resolve to themselves", "[run]") {
  const Parameters given = TinyRun("linformer", {{"epochs", std::int64_t{1}}});
  const Recorder run = RecordRun(given);
  for (const auto& [name, value] : given) CHECK((run.config.at(name) == Canonical(value)));
  CHECK(FormatValue(run.config.at("work")) == "classify");
  CHECK(FormatValue(run.config.at("sharing")) == "headwise");
  CHECK_FALSE(run.config.contains("projected_length"));
  CHECK_FALSE(run.config.contains("data_path"));
  CHECK((ResolveParameters(run.config).value() == run.config));
}

TEST_CASE("the defaults are a run and only what is active is in it", "[run]") {
  const Parameters full = ResolveParameters({}).value();
  CHECK(FormatValue(full.at("attention")) == "full");
  CHECK_FALSE(full.contains("sharing"));
  const Parameters bag = ResolveParameters({{"attention", "none"}}).value();
  for (const char* name : {"layers", "heads", "d_ff", "norm", "positions", "pooling"}) {
    CHECK(full.contains(name));
    CHECK_FALSE(bag.contains(name));
  }
}

TEST_CASE("parameters that do not go together are refused", "[run]") {
  CHECK(Refusal({{"heads", std::int64_t{3}}}) == "heads (3) must divide d_model (128)");
  CHECK(Refusal({{"attention", "linformer"}}) ==
        "attention 'linformer' needs compression or projected_length");
  CHECK(Refusal({{"attention", "none"}, {"heads", std::int64_t{2}}}) ==
        "parameter 'heads' has no effect here: it exists only when attention NOT IN ('none', "
        "'lstm', 'fnet'); leave it out");
  CHECK(Refusal({{"dataset", "blitzer"}, {"rows", std::int64_t{20}}})
            .starts_with("parameter 'rows' has no effect here"));
  CHECK(Refusal({{"domain", "books"}}).starts_with("parameter 'domain' has no effect here"));
  CHECK(Refusal({{"work", "fly"}}).starts_with("parameter 'work' is \"fly\""));
}

TEST_CASE("combinations of a design's parameters that mean nothing are refused", "[run]") {
  const auto linformer = [](const Parameters& more) {
    return Refusal(testing::With({{"attention", "linformer"}}, more));
  };
  CHECK(linformer({{"projected_length", std::int64_t{30}}, {"projection", "mean-pool"}}) ==
        "projected_length is 30 with max_length 128: windows need a whole number of tokens");
  CHECK(linformer({{"compression", std::int64_t{4}},
                   {"sharing", "none"},
                   {"projection_place", "before"}}) ==
        "sharing = 'none' goes with projection_place = 'after' only");
  CHECK(linformer({{"compression", std::int64_t{4}},
                   {"sharing", "layerwise"},
                   {"compression_growth", std::int64_t{2}}}) ==
        "sharing = 'layerwise' goes with compression_growth = 1 only");
  CHECK(linformer({{"compression", std::int64_t{4}}, {"projection", "max-pool"}, {"sharing", "kv"}})
            .starts_with("parameter 'sharing' has no effect here"));
  CHECK(Refusal({{"attention", "fnet"}, {"heads", std::int64_t{4}}})
            .starts_with("parameter 'heads' has no effect here"));
  CHECK(Refusal({{"attention", "lstm"}, {"d_model", std::int64_t{5}}}) ==
        "d_model (5) must be even for direction = 'both', which gives each half");
  CHECK(Refusal({{"attention", "lstm"}, {"direction", "forward"}, {"pooling", "cls"}}) ==
        "with direction = 'forward' the first state has read [CLS] alone; choose pooling = 'mean' "
        "or 'max'");
  CHECK(Refusal({{"attention", "compressive"}, {"segment_view", "causal"}, {"pooling", "cls"}}) ==
        "with segment_view = 'causal' the first token sees itself alone; choose pooling = 'mean' "
        "or 'max'");
  CHECK(Refusal({{"attention", "longformer"}, {"global_tokens", std::int64_t{129}}}) ==
        "global_tokens (129) is larger than max_length (128): lower it or raise max_length");
}

TEST_CASE("positions that a design has no place for are refused", "[run][positions]") {
  for (const char* attention : {"longformer", "performer", "fnet"}) {
    CHECK(Refusal({{"attention", attention}, {"positions", "relative"}}) ==
          "positions = 'relative' is added to the scores of all pairs of tokens, which only "
          "attention = full and full-naive have; choose one of these or other positions");
  }
  for (const char* attention : {"compressive", "fnet"}) {
    CHECK(Refusal({{"attention", attention}, {"positions", "infused"}}) ==
          "positions = 'infused' is added to each token's query and key, which attention = fnet "
          "and compressive have not; choose other positions");
  }
  const Parameters infused = {{"attention", "full"}, {"positions", "infused"}};
  CHECK(Refusal(testing::With(infused, {{"norm", "post"}})) ==
        "positions = 'infused' is of the size of layer norms' results, but with norm = 'post' the "
        "first layer attends to the embeddings as they are, and 35 times larger positions drown "
        "them; choose norm = 'pre' or other positions");
  CHECK(Refusal(testing::With(infused, {{"norm", "pre"}})).empty());
  CHECK(Refusal({{"attention", "performer"}, {"analysis", std::int64_t{1}}})
            .starts_with("parameter 'analysis' has no effect here"));
}

TEST_CASE("what is off and not given is no part of a run", "[run]") {
  const Parameters plain = ResolveParameters({}).value();
  CHECK_FALSE(plain.contains("analysis"));
  CHECK_FALSE(plain.contains("gradient_checkpointing"));
  const Parameters given = {{"analysis", std::int64_t{1}}};
  CHECK(ResolveParameters(given).value().contains("analysis"));
}

TEST_CASE("gradient checkpointing changes a run's memory and work alone", "[run][recompute]") {
  const Parameters three =
      TinyRun("full", {{"epochs", std::int64_t{2}}, {"layers", std::int64_t{3}}, {"dropout", 0.1}});
  const Recorder without = RecordRun(three);
  const Recorder with =
      RecordRun(testing::With(three, {{"gradient_checkpointing", std::int64_t{1}}}));
  CHECK(with.history == without.history);
  CHECK(with.test_hits == without.test_hits);
  CHECK(with.metrics.at("test_loss") == without.metrics.at("test_loss"));
  CHECK(with.metrics.at("peak_tensor_bytes") < 0.7 * without.metrics.at("peak_tensor_bytes"));
  CHECK(with.metrics.at("train_flops") == Approx(without.metrics.at("train_flops") * 4 / 3));
}

TEST_CASE("a GPU is refused where there is none", "[run]") {
  const auto refusal = Refusal({{"device", "cuda"}});
  if (DescribePlatform().cuda) return;
  CHECK(refusal == "device = 'cuda', but LibTorch finds no usable GPU here; type device = 'cpu'");
}

TEST_CASE("a run tells the fingerprint of the data it reads", "[run]") {
  const Parameters parameters = TinyRun("none", {{"epochs", std::int64_t{1}}});
  const auto request = datasets::RequestFrom(parameters, {});
  CHECK(RecordRun(parameters).data == datasets::Fingerprint(request.value()).value());
}

TEST_CASE("a run on data that are not there fails before it trains", "[run]") {
  Recorder recorder;
  RunInput input = Plain({{"dataset", "blitzer"}});
  input.data_folder = "/nonexistent";
  const Status status = CarryOut(input, recorder);
  CHECK_FALSE(status.ok());
  CHECK(FormatValue(recorder.config.at("dataset")) == "blitzer");
  CHECK(recorder.data.empty());
  CHECK(recorder.history.empty());
}

TEST_CASE("every kind of classifier trains on listops, which has ten classes", "[run]") {
  for (const char* attention : {"full", "linformer", "lstm", "none"}) {
    const Recorder run = RecordRun(TinyRun(attention, {{"dataset", "listops"},
                                                       {"rows", std::int64_t{300}},
                                                       {"min_count", Value()},
                                                       {"max_length", std::int64_t{24}},
                                                       {"listops_max_depth", std::int64_t{3}},
                                                       {"listops_min_length", std::int64_t{4}},
                                                       {"listops_max_length", std::int64_t{24}},
                                                       {"epochs", std::int64_t{2}}}));
    CHECK(run.metrics.at("truncated_share") == 0);
    CHECK(run.metrics.at("majority_accuracy") < 0.4);
    CHECK(run.history.at("train_loss/train")[0].second == Approx(std::log(10.0)).margin(0.3));
    CHECK(run.history.at("train_loss/train")[1].second <
          run.history.at("train_loss/train")[0].second);
  }
}

TEST_CASE("a run reads bytes where it is told to", "[run]") {
  const Recorder run = RecordRun(TinyRun(
      "none", {{"tokenizer", "byte"}, {"min_count", Value()}, {"epochs", std::int64_t{1}}}));
  CHECK(run.metrics.at("parameters") == 260 * 16 + 16 * 2 + 2);
  CHECK(run.metrics.at("truncated_share") == 1);
  CHECK_FALSE(run.config.contains("vocab_size"));
}

/// A finished run whose weights a child can start from.
struct Parent {
  explicit Parent(const Parameters& parameters) {
    RunInput input = Plain(parameters);
    input.run = "parent";
    input.keep_weights = folder / "deep" / "weights.safetensors";
    run = RecordRun(input);
  }
  RunInput Child(const Parameters& parameters, std::int64_t seed = 2) const {
    RunInput input = Plain(parameters, seed);
    input.init_from = folder / "deep" / "weights.safetensors";
    input.parent = "parent";
    return input;
  }

  sweepformer::testing::TempFolder folder;
  Recorder run;
};

TEST_CASE("a child begins with what its parent had learned", "[run][weights]") {
  for (const std::string& attention : AllDesigns()) {
    Parameters parameters =
        TinyRun(attention, {{"epochs", std::int64_t{3}}, {"lr", 0.01}, {"dropout", 0.1}});
    // The directions of the best epoch are not those training ended with.
    if (attention == "performer") parameters["redraw_interval"] = std::int64_t{1};
    const Parent parent(parameters);
    const Recorder child = RecordRun(parent.Child(parameters));
    CHECK(child.metrics.at("init_loaded_share") == 1);
    const auto& valid = child.history.at("valid_accuracy/valid");
    REQUIRE(valid.size() == 4);
    CHECK((valid[0] == std::pair(std::int64_t{0}, parent.run.metrics.at("valid_accuracy"))));
    CHECK(child.metrics.at("best_epoch") >= 1);
  }
}

TEST_CASE("keeping weights changes no number of a run", "[run][weights]") {
  const Parameters parameters = TinyRun("full", {{"epochs", std::int64_t{2}}, {"dropout", 0.1}});
  CHECK(Parent(parameters).run.history == RecordRun(parameters).history);
}

TEST_CASE("a child of another design keeps what the two have in common", "[run][weights]") {
  const Parent parent(TinyRun("full", {{"epochs", std::int64_t{1}}}));
  const Recorder child =
      RecordRun(parent.Child(TinyRun("linformer", {{"epochs", std::int64_t{1}}})));
  const double projections = 2 * 24 * 6, all = child.metrics.at("parameters");
  CHECK(child.metrics.at("init_loaded_share") == (all - projections) / all);
  CHECK(child.log.size() == 3);
  CHECK(child.log.back() == "  not taken, stays as drawn: encoder.layers.0.self_attn.F");
}

TEST_CASE("a child that parts its parent's data otherwise is noted", "[run][weights]") {
  const Parameters parameters = TinyRun("none", {{"epochs", std::int64_t{1}}});
  const Parent parent(parameters);
  const auto noted = [&](const Parameters& more) {
    const auto& notes = RecordRun(parent.Child(testing::With(parameters, more))).notes;
    return std::any_of(notes.begin(), notes.end(), [](const std::string& note) {
      return note.find("it may be tested on what they have seen") != std::string::npos;
    });
  };
  CHECK_FALSE(noted({}));
  CHECK(noted({{"split_seed", std::int64_t{1}}}));
  CHECK(noted({{"split_seed", std::int64_t{1}}, {"empty_title", "drop"}}));
}

TEST_CASE("a child refuses weights that are not its parent's or not there", "[run][weights]") {
  const Parent parent(TinyRun("none", {{"epochs", std::int64_t{1}}}));
  const auto refusal = [&](const RunInput& input) {
    Recorder recorder;
    return CarryOut(input, recorder).message();
  };
  RunInput other = parent.Child(TinyRun("none"));
  const std::string file = other.init_from.string();
  other.parent = "another";
  CHECK(refusal(other) == file + ": these are the weights of run 'parent', not of 'another'");
  RunInput missing = parent.Child(TinyRun("none"));
  missing.init_from = "/nonexistent";
  CHECK(refusal(missing) == "/nonexistent: cannot open: No such file or directory");
}

TEST_CASE("a run that says what it starts from must be right", "[run][weights]") {
  const Parent parent(TinyRun("none", {{"epochs", std::int64_t{1}}}));
  const auto outcome = [](RunInput input, const std::string& init) {
    input.parameters["init"] = init;
    Recorder recorder;
    return CarryOut(input, recorder).message();
  };
  const RunInput child = parent.Child(TinyRun("none", {{"epochs", std::int64_t{1}}}));
  const RunInput orphan = Plain(TinyRun("none", {{"epochs", std::int64_t{1}}}));
  CHECK(outcome(child, "parent").empty());
  CHECK(outcome(orphan, "random").empty());
  CHECK(outcome(child, "random").starts_with("init = 'random', but an [[init_from]] matches"));
  CHECK(outcome(orphan, "parent").starts_with("init = 'parent', but no [[init_from]] of the spec"));
}

TEST_CASE("weights that cannot be written fail the run", "[run][weights]") {
  RunInput input = Plain(TinyRun("none", {{"epochs", std::int64_t{1}}}));
  input.keep_weights = "/proc/nowhere/weights.safetensors";
  Recorder recorder;
  CHECK(CarryOut(input, recorder).message().starts_with("/proc/nowhere/weights.safetensors."));
}

}  // namespace
}  // namespace sweepformer::model
