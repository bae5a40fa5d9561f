#include "model/trainer.h"

#include <catch2/catch.hpp>

#include "model/evaluator.h"
#include "model/run_options.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::TinyRun;
using testing::With;

/// A model, its data and its trainer.
struct Training {
  explicit Training(const Parameters& parameters, std::int64_t seed = 1)
      : options(ReadRunOptions(parameters).value()), data(testing::DataOf(parameters, seed)) {
    options.training.seed = seed;
    model = BuildModel(options.model, data.vocabulary.size(), 2, seed);
    trainer.emplace(*model.classifier, data.train, options.training);
  }

  /// The losses of all epochs.
  std::vector<double> Run() {
    std::vector<double> losses;
    for (std::int64_t epoch = 1; epoch <= options.training.epochs; ++epoch) {
      losses.push_back(trainer->RunEpoch(epoch).value().loss);
    }
    return losses;
  }

  RunOptions options;
  datasets::PreparedData data;
  Model model;
  std::optional<Trainer> trainer;
};

TEST_CASE("every design learns 32 reviews by heart when asked", "[trainer]") {
  for (const char* attention : {"full", "linformer", "none"}) {
    Training training(TinyRun(attention, {{"train_rows", std::int64_t{32}},
                                          {"epochs", std::int64_t{60}},
                                          {"batch_size", std::int64_t{8}},
                                          {"lr", 0.01}}));
    const std::vector<double> losses = training.Run();
    CHECK(losses.back() < losses.front());
    CHECK(Evaluate(*training.model.classifier, training.data.train).accuracy == 1.0);
  }
}

TEST_CASE("training on shuffled labels ends at chance", "[trainer]") {
  for (const char* attention : {"full", "linformer", "none"}) {
    Training training(TinyRun(attention, {{"shuffle_labels", std::int64_t{1}},
                                          {"rows", std::int64_t{2000}},
                                          {"valid_share", 0.5},
                                          {"epochs", std::int64_t{3}},
                                          {"lr", 0.003}}));
    training.Run();
    // Four standard errors of a coin thrown for each of about 1000 reviews.
    const double margin = 4 * 0.5 / std::sqrt(static_cast<double>(training.data.valid.size()));
    CHECK(Evaluate(*training.model.classifier, training.data.valid).accuracy ==
          Approx(0.5).margin(margin));
  }
}

TEST_CASE("equal options give equal weights, bit for bit", "[trainer]") {
  for (const char* attention : {"full", "linformer", "none"}) {
    const Parameters parameters =
        TinyRun(attention, {{"epochs", std::int64_t{2}}, {"dropout", 0.2}});
    Training one(parameters), same(parameters), other(parameters, /*seed=*/2);
    CHECK(one.Run() == same.Run());
    other.Run();
    const auto weights = one.model.classifier->parameters();
    const auto same_weights = same.model.classifier->parameters();
    for (std::size_t i = 0; i < weights.size(); ++i) {
      CHECK(torch::equal(weights[i], same_weights[i]));
    }
    CHECK_FALSE(torch::equal(weights[0], other.model.classifier->parameters()[0]));
  }
}

TEST_CASE("what an epoch draws depends on no earlier draw", "[trainer]") {
  const Parameters parameters = TinyRun("full", {{"epochs", std::int64_t{2}}, {"dropout", 0.2}});
  Training plain(parameters), disturbed(parameters);
  CHECK(plain.trainer->RunEpoch(1).value().loss == disturbed.trainer->RunEpoch(1).value().loss);
  torch::rand({17});
  CHECK(plain.trainer->RunEpoch(2).value().loss == disturbed.trainer->RunEpoch(2).value().loss);
}

TEST_CASE("training takes exactly the steps its schedule was sized for", "[trainer]") {
  Training training(TinyRun("none", {{"epochs", std::int64_t{3}},
                                     {"batch_size", std::int64_t{7}},
                                     {"train_rows", std::int64_t{100}}}));
  std::vector<std::int64_t> reported;
  for (std::int64_t epoch = 1; epoch <= 3; ++epoch) {
    const auto report = [&](std::int64_t step, double) { reported.push_back(step); };
    CHECK(training.trainer->RunEpoch(epoch, report).ok());
  }
  CHECK(reported.back() == 3 * 15);  // 100 reviews in batches of 7
  CHECK(reported.size() == 3 * 8);   // every second step and the last one
}

TEST_CASE("the reported step losses make up the loss of the epoch", "[trainer]") {
  Training training(
      TinyRun("none", {{"batch_size", std::int64_t{10}}, {"train_rows", std::int64_t{100}}}));
  double sum = 0;
  const auto epoch = training.trainer->RunEpoch(1, [&](std::int64_t, double loss) { sum += loss; });
  CHECK(sum / 10 == Approx(epoch.value().loss));
}

TEST_CASE("training clips gradients as it is asked to", "[trainer]") {
  const auto weights_after_epoch = [](double clip_norm) {
    Training training(TinyRun("full", {{"clip_norm", clip_norm}, {"epochs", std::int64_t{1}}}));
    training.Run();
    return training.model.classifier->named_parameters()["classifier.weight"].detach();
  };
  const torch::Tensor free = weights_after_epoch(0);
  CHECK(torch::equal(weights_after_epoch(1e9), free));
  CHECK_FALSE(torch::equal(weights_after_epoch(0.01), free));
}

TEST_CASE("training that diverges says so and what to change", "[trainer]") {
  Training training(TinyRun("full", {{"lr", 1e30}, {"epochs", std::int64_t{2}}}));
  Status status;
  for (std::int64_t epoch = 1; epoch <= 2 && status.ok(); ++epoch) {
    status = training.trainer->RunEpoch(epoch).status();
  }
  CHECK(status.code() == Code::kInvalidArgument);
  CHECK(status.message().starts_with("training diverged: the loss is "));
  CHECK(status.message().ends_with("lower lr (now 1e+30) or raise warmup_share"));
}

TEST_CASE("the cost of training counts real tokens apart from padding", "[trainer]") {
  Training training(TinyRun("none", {{"epochs", std::int64_t{1}}, {"input", "title"}}));
  training.Run();
  const TrainingCost& cost = training.trainer->cost();
  std::int64_t tokens = 0;
  for (std::int64_t i = 0; i < training.data.train.size(); ++i) {
    tokens += training.data.train.Length(i);
  }
  CHECK(cost.samples == training.data.train.size());
  CHECK(cost.tokens == tokens);
  CHECK(cost.padded_tokens > tokens);
  CHECK(cost.padding_share() > 0);
  CHECK(cost.seconds > 0);
}

}  // namespace
}  // namespace sweepformer::model
