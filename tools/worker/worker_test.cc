#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/core/file.h"
#include "orchestrator/core/names.h"
#include "orchestrator/core/testing.h"
#include "orchestrator/exec/capture.h"
#include "orchestrator/exec/description_json.h"
#include "orchestrator/exec/protocol.h"
#include "orchestrator/sql/connection.h"
#include "tools/planning/declared_figure.h"

// The worker as the orchestrator meets it: as a program. LibTorch is not linked here.

namespace sweepformer {
namespace {

const std::string kWorker = SWEEPFORMER_BIN_DIR "/sweepformer-worker";

/// All a worker said and how it ended.
struct Said {
  int exit_code = -1;
  std::string output;
  std::vector<Event> events;

  template <typename T>
  const T* First() const {
    for (const Event& event : events) {
      if (const T* found = std::get_if<T>(&event)) return found;
    }
    return nullptr;
  }
  std::string error() const { return First<ErrorEvent>() ? First<ErrorEvent>()->message : ""; }
};

void AddEvents(Said& said) {
  std::size_t begin = 0;
  while (begin < said.output.size()) {
    const std::size_t end = said.output.find('\n', begin);
    REQUIRE(end != std::string::npos);
    const auto event = ParseEvent(std::string_view(said.output).substr(begin, end - begin));
    REQUIRE(event.ok());
    said.events.push_back(*event);
    begin = end + 1;
  }
}

/// What comes of `script`, run by the shell with the worker as $W and `input` on standard input.
Said RunShell(const std::string& script, const std::string& input) {
  const std::string quoted = QuoteText(input);  // SQL and the shell agree where there is no quote
  const std::string line = fmt::format("unset {}; W='{}'; printf %s {} | ({})", kEventsFdVariable,
                                       kWorker, quoted, script);
  Said said;
  FILE* const pipe = popen(line.c_str(), "r");
  REQUIRE(pipe != nullptr);
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) said.output += static_cast<char>(c);
  said.exit_code = WEXITSTATUS(pclose(pipe));
  return said;
}

Said RunWorker(const Parameters& parameters, RunRequest request = {}) {
  request.parameters = parameters;
  request.data_folder = "/nonexistent";
  Said said = RunShell("\"$W\" --run 2>/dev/null", FormatRequest(request));
  AddEvents(said);
  return said;
}

std::string RequestOf(const Parameters& parameters) {
  RunRequest request;
  request.parameters = parameters;
  return FormatRequest(request);
}

/// A run that takes no time.
Parameters TinyRun() {
  return {{"rows", std::int64_t{100}},
          {"max_length", std::int64_t{16}},
          {"epochs", std::int64_t{1}},
          {"d_model", std::int64_t{8}},
          {"attention", "none"}};
}

const WorkerDescription& Description() {
  static const WorkerDescription description =
      ParseDescription(CaptureOutput({kWorker, "--describe"}, 60'000).value()).value();
  return description;
}

/// The parameters as columns of one row.
std::string Row(const Parameters& parameters) {
  std::string columns;
  for (const ParameterSpec& spec : Description().parameters) {
    const auto given = parameters.find(spec.name);
    const Value value = given == parameters.end() ? Value() : given->second;
    const auto* text = std::get_if<std::string>(&value);
    const std::string literal = IsNull(value) ? "NULL"
                                : text        ? QuoteText(*text)
                                              : FormatValue(value);
    columns +=
        fmt::format("{}{} AS {}", columns.empty() ? "" : ", ", literal, QuoteName(spec.name));
  }
  return columns;
}

/// Whether `condition` holds; NULL counts as `of_null`.
bool Holds(const std::string& condition, const Parameters& parameters, bool of_null) {
  Connection database = Connection::InMemory().value();
  const auto value =
      database.QueryValue(fmt::format("SELECT {} FROM (SELECT {})", condition, Row(parameters)));
  REQUIRE(value.ok());
  return IsNull(*value) ? of_null : AsDouble(*value) != 0;
}

/// What the description makes of `given`: defaults filled in, inactive parameters left out.
Parameters AsDescribed(const Parameters& given) {
  Parameters all = given;
  for (const ParameterSpec& spec : Description().parameters) {
    if (!all.contains(spec.name)) all[spec.name] = spec.default_value;
  }
  Parameters active;
  for (const ParameterSpec& spec : Description().parameters) {
    const bool used = spec.when.empty() || Holds(spec.when, all, false);
    if (used && !IsNull(all[spec.name])) active[spec.name] = Canonical(all[spec.name]);
  }
  return active;
}

/// One run for each data set and each attention design; those on files end at the missing data.
std::vector<Parameters> RunsOfAllKinds() {
  std::vector<Parameters> runs;
  for (const std::string& set : Description().FindParameter("dataset")->choices) {
    Parameters run = {{"dataset", set}, {"epochs", std::int64_t{1}}, {"attention", "none"}};
    if (set == "listops") run["rows"] = std::int64_t{100};
    runs.push_back(std::move(run));
  }
  for (const char* tokenizer : {"character", "byte"}) {
    Parameters run = TinyRun();
    run["tokenizer"] = tokenizer;
    runs.push_back(std::move(run));
  }
  for (const std::string& attention : Description().FindParameter("attention")->choices) {
    Parameters run = TinyRun();
    run["attention"] = attention;
    if (attention == "linformer") run["compression"] = std::int64_t{4};
    runs.push_back(std::move(run));
  }
  const auto add = [&](const Parameters& more) {
    Parameters run = TinyRun();
    for (const auto& [name, value] : more) run[name] = value;
    runs.push_back(std::move(run));
  };
  add({{"attention", "full"}, {"lora_rank", std::int64_t{2}}});
  add({{"attention", "compressive"}, {"compressed_length", std::int64_t{0}}});
  add({{"attention", "compressive"}, {"compression_function", "mean"}});
  add({{"attention", "full"}, {"positions", "relative"}, {"analysis", std::int64_t{1}}});
  add({{"attention", "linear"}, {"gradient_checkpointing", std::int64_t{1}}});
  return runs;
}

TEST_CASE("the worker uses exactly the parameters its description calls active", "[worker]") {
  for (const Parameters& given : RunsOfAllKinds()) {
    const Said said = RunWorker(given);
    const auto* config = said.First<ConfigEvent>();
    CAPTURE(CanonicalJson(given), said.error());
    REQUIRE(config != nullptr);
    CHECK(CanonicalJson(config->parameters) == CanonicalJson(AsDescribed(given)));
  }
}

/// Whether all checks of the description pass.
bool PassesChecks(const Parameters& parameters) {
  for (const ParameterCheck& check : Description().checks) {
    if (!Holds(check.require, AsDescribed(parameters), true)) return false;
  }
  return true;
}

TEST_CASE("the description's checks and the worker refuse the same combinations", "[worker]") {
  const auto linformer = [](const Parameters& more) {
    Parameters run = TinyRun();
    run["attention"] = "linformer";
    for (const auto& [name, value] : more) run[name] = value;
    return run;
  };
  const auto adapted = [](const std::string& attention, std::int64_t rank,
                          const std::string& targets) {
    Parameters run = TinyRun();
    run["attention"] = attention;
    run["lora_rank"] = rank;
    run["lora_targets"] = targets;
    return run;
  };
  const auto placed = [](const char* attention, const char* positions) {
    Parameters run = TinyRun();
    run["attention"] = attention;
    run["positions"] = positions;
    return run;
  };
  const auto pooled = [](const char* attention, const char* name, const char* value) {
    Parameters run = TinyRun();
    run["attention"] = attention;
    run[name] = value;
    run["pooling"] = "cls";
    return run;
  };
  Parameters drowned = placed("full", "infused");
  drowned["norm"] = "post";
  const std::int64_t two = 2, three = 3, eight = 8, thirty_two = 32;
  for (const Parameters& good :
       {TinyRun(), linformer({{"compression", eight}}), linformer({{"projected_length", three}}),
        linformer({{"projected_length", two}, {"compression", eight}}),
        linformer({{"compression", eight}, {"projection", "mean-pool"}}),
        adapted("full", 2, "query-value"), adapted("fnet", 2, "feed-forward"),
        placed("full-naive", "relative"), placed("performer", "infused"),
        pooled("lstm", "direction", "both"), pooled("compressive", "segment_view", "whole")}) {
    CAPTURE(CanonicalJson(good));
    CHECK(PassesChecks(good));
    CHECK(RunWorker(good).error().empty());
  }
  for (const Parameters& bad :
       {linformer({}), linformer({{"compression", three}}),
        linformer({{"compression", thirty_two}}), linformer({{"projected_length", thirty_two}}),
        linformer({{"projected_length", two}, {"compression", two}}),
        linformer({{"compression", eight}, {"heads", three}}),
        linformer({{"projected_length", three}, {"projection", "convolution"}}),
        linformer({{"compression", eight}, {"sharing", "layerwise"}, {"compression_growth", two}}),
        linformer({{"compression", eight}, {"sharing", "none"}, {"projection_place", "before"}}),
        adapted("fnet", 2, "query-value"), adapted("full", 1000, "all"),
        placed("longformer", "relative"), placed("fnet", "infused"), drowned,
        pooled("lstm", "direction", "forward"), pooled("compressive", "segment_view", "causal")}) {
    CAPTURE(CanonicalJson(bad));
    CHECK_FALSE(PassesChecks(bad));
    CHECK_FALSE(RunWorker(bad).error().empty());
  }
}

TEST_CASE("a run says hello, its configuration, its figures, its hits, done", "[worker]") {
  RunRequest request;
  request.seed = 7;
  const Said said = RunWorker(TinyRun(), request);
  CHECK(said.exit_code == 0);
  REQUIRE(said.events.size() > 4);
  const auto* hello = std::get_if<HelloEvent>(&said.events.front());
  REQUIRE(hello != nullptr);
  CHECK(hello->worker == Description().worker);
  CHECK(hello->version == Description().version);
  const auto* config = std::get_if<ConfigEvent>(&said.events[1]);
  REQUIRE(config != nullptr);
  CHECK(config->seed == 7);
  CHECK(config->provenance_json.find("\"libtorch\"") != std::string::npos);
  CHECK(std::holds_alternative<DoneEvent>(said.events.back()));
  const auto* hits = said.First<TestHitsEvent>();
  REQUIRE(hits != nullptr);
  for (const Event& event : said.events) {
    const auto* metric = std::get_if<MetricEvent>(&event);
    if (!metric || metric->name != "test_samples") continue;
    CHECK(metric->value == static_cast<double>(hits->hits.size()));
  }
}

TEST_CASE("every final metric is declared and every declared one that is active is reported",
          "[worker]") {
  for (const Parameters& given : RunsOfAllKinds()) {
    const Said said = RunWorker(given);
    if (said.exit_code != 0) continue;  // its data are not here
    std::set<std::string> reported, declared;
    for (const Event& event : said.events) {
      const auto* metric = std::get_if<MetricEvent>(&event);
      if (metric && !metric->step) reported.insert(metric->name);
    }
    for (const MetricSpec& metric : Description().metrics) {
      const bool active = metric.when.empty() || Holds(metric.when, AsDescribed(given), false);
      if (active && !IsProbeMetric(metric.name)) declared.insert(metric.name);
    }
    declared.erase("init_loaded_share");  // only with init_from
    CHECK(reported == declared);
  }
}

TEST_CASE("a run keeps its weights and another one starts from them", "[worker]") {
  const testing::TempFolder folder;
  RunRequest parent;
  parent.run = "cafe";
  parent.keep_weights = folder / "weights.safetensors";
  CHECK(RunWorker(TinyRun(), parent).exit_code == 0);
  RunRequest child;
  child.parent = "cafe";
  child.init_from = parent.keep_weights;
  const Said said = RunWorker(TinyRun(), child);
  CHECK(said.exit_code == 0);
  const auto loaded = std::find_if(said.events.begin(), said.events.end(), [](const Event& event) {
    const auto* metric = std::get_if<MetricEvent>(&event);
    return metric && metric->name == "init_loaded_share" && metric->value == 1;
  });
  CHECK(loaded != said.events.end());
  child.parent = "beef";
  CHECK(RunWorker(TinyRun(), child).error().ends_with("of run 'cafe', not of 'beef'"));
}

TEST_CASE("a failure is an error event after hello and exit code 1", "[worker]") {
  const Said missing = RunWorker({{"dataset", "blitzer"}});
  CHECK(missing.exit_code == 1);
  CHECK(std::holds_alternative<HelloEvent>(missing.events.front()));
  CHECK(missing.First<DoneEvent>() == nullptr);
  CHECK_FALSE(missing.error().empty());
  CHECK(RunWorker({{"layer", std::int64_t{1}}}).error() ==
        "unknown parameter 'layer', did you mean 'layers'?");
  RunRequest threadless;
  threadless.threads = 0;
  CHECK(RunWorker(TinyRun(), threadless).error() ==
        "threads is 0: expected a whole number of at least 1");
}

TEST_CASE("a probe reports every figure of probes and no other", "[worker]") {
  RunRequest probe;
  probe.kind = RunKind::kProbe;
  probe.warmup_steps = 1;
  const Said said = RunWorker(TinyRun(), probe);
  CHECK(said.exit_code == 0);
  CHECK(said.First<DoneEvent>() != nullptr);
  std::set<std::string> reported, declared = {};
  for (const Event& event : said.events) {
    if (const auto* metric = std::get_if<MetricEvent>(&event)) reported.insert(metric->name);
  }
  for (const MetricSpec& metric : Description().metrics) {
    if (IsProbeMetric(metric.name)) declared.insert(metric.name);
  }
  declared.erase("probe_disturbed");  // the orchestrator's verdict
  CHECK(reported == declared);
}

TEST_CASE("a request that is none is an error event", "[worker]") {
  Said said = RunShell("\"$W\" --run 2>/dev/null", "nonsense");
  AddEvents(said);
  CHECK(said.exit_code == 1);
  CHECK(said.error() ==
        "the run request on standard input is not a JSON object with \"parameters\"");
}

TEST_CASE("events go to the descriptor that is named and nowhere else", "[worker]") {
  const std::string request = RequestOf(TinyRun());
  CHECK(RunShell("SWEEPFORMER_EVENTS_FD=5 \"$W\" --run 5>/dev/null", request).output.empty());
  Said swapped = RunShell("SWEEPFORMER_EVENTS_FD=5 \"$W\" --run 5>&1 >/dev/null", request);
  AddEvents(swapped);
  CHECK(swapped.First<DoneEvent>() != nullptr);
  const Said closed = RunShell("SWEEPFORMER_EVENTS_FD=9 \"$W\" --run 2>&1", request);
  CHECK(closed.exit_code == 2);
  CHECK(closed.output ==
        "sweepformer-worker: SWEEPFORMER_EVENTS_FD=9 does not name an open descriptor; unset it to "
        "see the events on standard output\n");
}

TEST_CASE("the grid language is tested with the description of today", "[worker]") {
  WorkerDescription checked_in =
      ParseDescription(
          ReadFile(SWEEPFORMER_SOURCE_DIR "/orchestrator/spec/testdata/worker.json").value())
          .value();
  checked_in.build_id = Description().build_id;
  INFO(
      "to bring it up to date: sweepformer-worker --describe >"
      "orchestrator/spec/testdata/worker.json, then look at what it changes in the golden files");
  CHECK(FormatDescription(checked_in) == FormatDescription(Description()));
}

TEST_CASE("the declared cost follows the closed forms", "[worker]") {
  DeclaredFigure cost = DeclaredFigure::CostOf(&Description()).value();
  Parameters run = {{"attention", "full"},
                    {"epochs", std::int64_t{3}},
                    {"train_rows", std::int64_t{100}},
                    {"max_length", std::int64_t{64}},
                    {"d_model", std::int64_t{8}},
                    {"d_ff", std::int64_t{16}},
                    {"layers", std::int64_t{2}}};
  const double tokens = 3 * 100 * 64;
  const double dense = 4 * 8 * 8 + 2 * 8 * 16;
  CHECK(cost.At(run) == tokens * (8 + 2 * (dense + 2 * 64 * 8)));
  run["gradient_checkpointing"] = std::int64_t{1};
  CHECK(cost.At(run) == Approx(tokens * (8 + 2 * (dense + 2 * 64 * 8) * 4 / 3)));
  run.erase("gradient_checkpointing");
  run["attention"] = "linformer";
  run["compression"] = std::int64_t{16};
  CHECK(cost.At(run) == tokens * (8 + 2 * (dense + 4 * 4 * 8)));
  Parameters band = run;
  band["attention"] = "longformer";
  band["window"] = std::int64_t{32};
  band["global_tokens"] = std::int64_t{0};
  for (const auto& [dilation, keys] : {std::pair{1, 64}, {8, 3 * 8 + 1}, {100, 3 + 1}}) {
    band["dilation"] = std::int64_t{dilation};
    CHECK(cost.At(band) == tokens * (8 + 2 * (dense + 2 * keys * 8)));
  }
  run["attention"] = "none";
  for (const char* unused : {"layers", "d_ff", "compression"}) run.erase(unused);
  CHECK(cost.At(run) == tokens * 8);
}

/// The final metrics of a run.
std::map<std::string, double> FiguresOf(const Parameters& given) {
  const Said said = RunWorker(given);
  CAPTURE(CanonicalJson(given), said.error());
  REQUIRE(said.exit_code == 0);
  std::map<std::string, double> figures;
  for (const Event& event : said.events) {
    const auto* metric = std::get_if<MetricEvent>(&event);
    if (metric && !metric->step) figures[metric->name] = metric->value;
  }
  return figures;
}

std::vector<std::string> EncoderDesigns() {
  std::vector<std::string> designs = Description().FindParameter("attention")->choices;
  std::erase_if(designs, [](const std::string& one) { return one == "none" || one == "lstm"; });
  return designs;
}

TEST_CASE("the declared memory of another sample is what a layer holds of one", "[worker]") {
  constexpr std::int64_t kTokens = 2048, kWidth = 128, kSamples = 100;
  DeclaredFigure memory = DeclaredFigure::MemoryOf(&Description()).value();
  std::vector<Parameters> designs;
  for (const std::string& design : EncoderDesigns()) designs.push_back({{"attention", design}});
  designs.push_back({{"attention", "longformer"},  // four tokens see one another
                     {"window", std::int64_t{512}},
                     {"dilation", std::int64_t{512}}});
  for (Parameters& run : designs) {
    if (run.at("attention") == Value("linformer")) run["compression"] = std::int64_t{8};
    run.merge(Parameters{{"rows", std::int64_t{50}},
                         {"max_length", kTokens},
                         {"d_model", kWidth},
                         {"dropout", 0.0},
                         {"d_ff", 4 * kWidth},
                         {"layers", std::int64_t{1}},
                         {"epochs", std::int64_t{1}}});
    const double layer = FiguresOf(run).at("layer_activation_bytes");
    const auto at = [&](std::int64_t samples) {
      run["batch_size"] = samples;
      return memory.At(AsDescribed(run)).value();
    };
    const double embedded = 4 * 4 * kTokens * kWidth;
    const double one = (at(2 * kSamples) - at(kSamples)) / kSamples / 1.7;  // tensors, not heap
    // The feed-forward sublayer's block is there once, however many samples: d_ff + 3 d_model of
    // 1,024 rows here.
    const double block = 1024 * 7 * kWidth;
    CAPTURE(CanonicalJson(run));
    CHECK(one - embedded == Approx(layer - 4 * block).epsilon(0.2));
  }
}

TEST_CASE("the declared memory is what runs take, but for a factor of 1.75", "[worker]") {
  DeclaredFigure memory = DeclaredFigure::MemoryOf(&Description()).value();
  const auto check = [&](Parameters run) {
    run.merge(Parameters{{"dataset", "listops"},
                         {"rows", std::int64_t{100}},
                         {"listops_min_length", std::int64_t{220}},
                         {"listops_max_length", std::int64_t{260}},
                         {"max_length", std::int64_t{256}},
                         {"epochs", std::int64_t{1}}});
    const double declared = memory.At(AsDescribed(run)).value();
    const double taken = FiguresOf(run).at("peak_rss_bytes");
    CAPTURE(CanonicalJson(run), declared, taken);
    CHECK(declared < 1.75 * taken);
    CHECK(taken < 1.75 * declared);
  };
  for (const char* attention : {"none", "full", "full-naive", "lstm", "longformer"}) {
    check({{"attention", attention}});
  }
  const std::int64_t wide = 2048, one = 1;
  check({{"attention", "full"}, {"d_ff", wide}, {"layers", one}});
  check({{"attention", "full"},
         {"d_ff", wide},
         {"layers", one},
         {"lora_rank", 4 * one},
         {"lora_targets", "all"}});
}

TEST_CASE("the declared memory has half of feed-forward sublayers in bfloat16", "[worker]") {
  constexpr std::int64_t kTokens = 128, kSamples = 32, kLayers = 2, kInner = 512;
  DeclaredFigure memory = DeclaredFigure::MemoryOf(&Description()).value();
  Parameters run = AsDescribed({{"attention", "full"},
                                {"max_length", kTokens},
                                {"batch_size", kSamples},
                                {"layers", kLayers},
                                {"d_ff", kInner}});
  const double whole = memory.At(run).value();
  run["precision"] = "float32";
  CHECK(memory.At(run).value() == whole);
  run["precision"] = "bfloat16";
  CHECK(whole - memory.At(run).value() == Approx(1.7 * 4 * kTokens * kSamples * kLayers * kInner));
}

TEST_CASE("the declared memory knows nothing of a GPU's runs", "[worker]") {
  DeclaredFigure memory = DeclaredFigure::MemoryOf(&Description()).value();
  Parameters run = AsDescribed({{"attention", "full"}});
  CHECK(memory.At(run).has_value());
  run["device"] = "cuda";
  CHECK_FALSE(memory.At(run).has_value());
}

TEST_CASE("the worker explains itself", "[worker]") {
  CHECK(RunShell("\"$W\" --help", "").output.find("usage:") != std::string::npos);
  CHECK(RunShell("\"$W\" --version", "").output.starts_with("sweepformer-worker "));
  CHECK(RunShell("\"$W\" --fly 2>/dev/null", "").exit_code == 2);
  CHECK(RunShell("\"$W\" 2>/dev/null", "").exit_code == 2);
}

}  // namespace
}  // namespace sweepformer
