#include "model/evaluator.h"

#include <catch2/catch.hpp>

#include "model/testing.h"

namespace sweepformer::model {
namespace {

const char* const kDesigns[] = {"full", "linformer", "none"};

TEST_CASE("small batches of training are judged in small batches", "[evaluator]") {
  CHECK(EvaluationBatch(1) == 2);
  CHECK(EvaluationBatch(32) == 64);
  CHECK(EvaluationBatch(512) == 64);
}

TEST_CASE("the batch size of an evaluation does not show in its result", "[evaluator]") {
  for (const char* attention : kDesigns) {
    const Parameters parameters = testing::TinyRun(attention);
    const auto data = testing::DataOf(parameters);
    const Model model = BuildModel(testing::OptionsOf(parameters), data.vocabulary.size(), 2, 1);
    const Evaluation single = Evaluate(*model.classifier, data.test, torch::kCPU, 1);
    for (const std::int64_t batch_size : {3, 64, 1000}) {
      const Evaluation batched = Evaluate(*model.classifier, data.test, torch::kCPU, batch_size);
      CHECK(batched.hits == single.hits);
      CHECK(batched.accuracy == single.accuracy);
      CHECK(batched.loss == Approx(single.loss).epsilon(1e-6));
      CHECK(batched.tokens == single.tokens);
    }
  }
}

TEST_CASE("an evaluation of an untrained model gives the loss of guessing", "[evaluator]") {
  for (const char* attention : kDesigns) {
    const Parameters parameters = testing::TinyRun(attention);
    const auto data = testing::DataOf(parameters);
    const Model model = BuildModel(testing::OptionsOf(parameters), data.vocabulary.size(), 2, 1);
    CHECK(Evaluate(*model.classifier, data.train).loss == Approx(std::log(2.0)).margin(0.02));
  }
}

/// Answers 1 whatever it is asked, and counts how.
class Stubborn final : public ClassifierImpl {
 public:
  torch::Tensor forward(const torch::Tensor& tokens) override {
    with_gradients = with_gradients || torch::GradMode::is_enabled();
    in_training = in_training || is_training();
    return torch::tensor({{0.0f, 1.0f}}).expand({tokens.size(0), 2});
  }
  Work ForwardWork(std::int64_t /*tokens*/) const override { return {}; }
  bool with_gradients = false, in_training = false;
};

TEST_CASE("hits stand in the samples' order and make up the accuracy", "[evaluator]") {
  const auto data = testing::DataOf(testing::TinyRun("none"));
  Stubborn stubborn;
  const Evaluation evaluation = Evaluate(stubborn, data.test, torch::kCPU, 7);
  REQUIRE(evaluation.hits.size() == data.test.labels().size());
  std::int64_t right = 0, tokens = 0;
  for (std::size_t i = 0; i < evaluation.hits.size(); ++i) {
    CHECK(evaluation.hits[i] == (data.test.labels()[i] == 1));
    CHECK(evaluation.answers[i] == 1);
    right += data.test.labels()[i];
    tokens += data.test.Length(static_cast<std::int64_t>(i));
  }
  CHECK(evaluation.accuracy == static_cast<double>(right) / static_cast<double>(data.test.size()));
  CHECK(evaluation.tokens == tokens);
}

TEST_CASE("an evaluation takes no gradients and drops nothing", "[evaluator]") {
  const auto data = testing::DataOf(testing::TinyRun("none"));
  Stubborn stubborn;
  Evaluate(stubborn, data.valid);
  CHECK_FALSE(stubborn.with_gradients);
  CHECK_FALSE(stubborn.in_training);
}

}  // namespace
}  // namespace sweepformer::model
