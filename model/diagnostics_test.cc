#include "model/diagnostics.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "model/performer_attention.h"
#include "model/run_recorder.h"
#include "model/spectrum.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::RecordRun;
using testing::RunRecorder;
using testing::TinyRun;

/// Tells how long a sample is: as a number, and as a series that counts up to one.
class Counting final : public AttentionImpl {
 public:
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor&) override { return x; }
  void reset_parameters() override {}
  Work ForwardWork(std::int64_t) const override { return {}; }
  Held HeldBy(std::int64_t) const override { return {}; }
  Diagnosis Diagnose(const torch::Tensor& x) override {
    const std::int64_t tokens = x.size(1);
    Diagnosis diagnosis;
    diagnosis.numbers["tokens"] = static_cast<double>(tokens);
    auto& series = diagnosis.by_head["up"].emplace_back();
    for (std::int64_t i = 1; i <= tokens; ++i) {
      series.push_back(static_cast<double>(i) / static_cast<double>(tokens));
    }
    return diagnosis;
  }
};

/// A run's parameters and data with a model of its own.
struct Subject {
  explicit Subject(const Parameters& parameters)
      : data(testing::DataOf(parameters)),
        model(BuildModel(testing::OptionsOf(parameters), data.vocabulary.size(), 2, 1)) {}

  std::vector<Diagnosis> Diagnose() const {
    return DiagnoseLayers(*model.classifier, model.attention, data.test);
  }

  datasets::PreparedData data;
  Model model;
};

TEST_CASE("diagnoses are means over the first samples, each without padding", "[diagnostics]") {
  Subject subject(TinyRun("none"));
  const Attention counting = std::make_shared<Counting>();
  EncoderClassifierOptions options;
  options.vocab_size = subject.data.vocabulary.size();
  options.max_length = 24;
  EncoderClassifierImpl classifier(options, {counting});
  const auto layers = DiagnoseLayers(classifier, {counting}, subject.data.test);
  double tokens = 0, at_five = 0, longest = 0;
  for (std::int64_t sample = 0; sample < kDiagnosedSamples; ++sample) {
    const double length = subject.data.test.Length(sample);
    tokens += length / kDiagnosedSamples;
    at_five += std::min(5 / length, 1.0) / kDiagnosedSamples;
    longest = std::max(longest, length);
  }
  REQUIRE(layers.size() == 1);
  CHECK(layers[0].numbers.at("tokens") == Approx(tokens));
  const auto& series = layers[0].by_head.at("up").at(0);
  CHECK(static_cast<double>(series.size()) == longest);
  CHECK(series[4] == Approx(at_five));
  CHECK(series.back() == Approx(1));
}

TEST_CASE("designs without anything to tell say nothing", "[diagnostics]") {
  for (const char* attention : {"full", "linformer", "fnet", "lstm", "none"}) {
    for (const Diagnosis& layer : Subject(TinyRun(attention)).Diagnose()) {
      CHECK(layer.numbers.empty());
      CHECK(layer.by_head.empty());
    }
  }
}

TEST_CASE("diagnosing draws nothing and changes nothing", "[diagnostics]") {
  for (const char* attention : {"full", "performer"}) {
    Parameters parameters = TinyRun(attention, {{"dropout", 0.5}});
    if (std::string_view(attention) == "full") parameters["analysis"] = std::int64_t{1};
    const Subject subject(parameters);
    torch::manual_seed(3);
    const torch::Tensor expected = torch::rand({4});
    torch::manual_seed(3);
    const auto one = subject.Diagnose(), same = subject.Diagnose();
    CHECK(torch::equal(torch::rand({4}), expected));
    CHECK(one[0].numbers == same[0].numbers);
    CHECK(one[0].by_head == same[0].by_head);
  }
}

TEST_CASE("the spectra of a layer are those of its attention weights", "[diagnostics]") {
  const Parameters parameters = TinyRun("full", {{"analysis", std::int64_t{1}}});
  const Subject subject(parameters);
  const auto series = subject.Diagnose()[0].by_head.at("attention_spectrum");
  REQUIRE(series.size() == 2);  // heads
  for (const auto& head : series) {
    CHECK(std::is_sorted(head.begin(), head.end()));
    CHECK(head.back() == Approx(1));
  }
  // Queries of zeros look at all tokens alike: rank 1.
  const torch::NoGradGuard no_grad;
  subject.model.attention[0]->named_parameters()["q_proj.weight"].zero_();
  subject.model.attention[0]->named_parameters()["q_proj.bias"].zero_();
  const auto uniform = subject.Diagnose()[0].by_head.at("attention_spectrum");
  CHECK(uniform[0].front() == Approx(1).epsilon(1e-6));
  CHECK(series[0].front() < 1 - 1e-4);
}

PerformerAttention MakePerformer(std::int64_t features) {
  torch::manual_seed(1);
  PerformerAttention performer(
      PerformerOptions{AttentionOptions{.d_model = 8, .heads = 2, .max_length = 12}, features});
  performer->eval();
  return performer;
}

double ErrorOf(PerformerAttention performer) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(2);
  return performer->Diagnose(torch::randn({1, 12, 8})).numbers.at("attention_error");
}

TEST_CASE("the performer's error falls with its features and is none on equal values",
          "[diagnostics]") {
  CHECK(ErrorOf(MakePerformer(4096)) < 0.25 * ErrorOf(MakePerformer(16)));
  PerformerAttention constant = MakePerformer(16);
  const torch::NoGradGuard no_grad;
  constant->named_parameters()["v_proj.weight"].zero_();
  constant->named_parameters()["v_proj.bias"].fill_(1.5);
  CHECK(ErrorOf(constant) < 1e-5);
}

TEST_CASE("a performer's run tells its error for each layer", "[diagnostics]") {
  const RunRecorder run =
      RecordRun(TinyRun("performer", {{"epochs", std::int64_t{1}}, {"layers", std::int64_t{3}}}));
  const auto& errors = run.history.at("attention_error_trained/valid");
  REQUIRE(errors.size() == 3);
  double sum = 0;
  for (std::size_t layer = 0; layer < 3; ++layer) {
    CHECK(errors[layer].first == static_cast<std::int64_t>(layer));
    CHECK(errors[layer].second > 0);
    sum += errors[layer].second;
  }
  CHECK(run.metrics.at("attention_error") == Approx(sum / 3));
  CHECK(run.history.at("attention_error_untrained/valid").size() == 3);
}

TEST_CASE("a run that is analysed tells spectra before and after training and nothing else changes",
          "[diagnostics]") {
  const Parameters parameters =
      TinyRun("full", {{"epochs", std::int64_t{2}}, {"lr", 0.01}, {"dropout", 0.1}});
  RunRecorder analysed = RecordRun(testing::With(parameters, {{"analysis", std::int64_t{1}}}));
  const RunRecorder plain = RecordRun(parameters);
  for (const char* head : {"head0", "head1"}) {
    const std::string end = std::string("_layer0_") + head + "/valid";
    const auto untrained = analysed.history.extract("attention_spectrum_untrained" + end).mapped();
    const auto trained = analysed.history.extract("attention_spectrum_trained" + end).mapped();
    CHECK(untrained.front().first == 1);
    CHECK(untrained.back().first == static_cast<std::int64_t>(untrained.size()));
    CHECK(untrained.back().second == Approx(1));
    CHECK(trained.size() == untrained.size());
    CHECK(trained != untrained);
  }
  CHECK(analysed.history == plain.history);
  CHECK(testing::ReproducibleMetrics(analysed) == testing::ReproducibleMetrics(plain));
}

}  // namespace
}  // namespace sweepformer::model
