// Writes down what a run of the built-in worker starts from, so that pytorch_rival.py starts there
// too: samples, batches, initial weights.
//
//   rival_input FILE < REQUEST        (a run request as in orchestrator/exec/PROTOCOL.md)
#include <fmt/format.h>
#include <torch/serialize.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <numeric>
#include <string>

#include "datasets/batches.h"
#include "datasets/prepare.h"
#include "model/evaluator.h"
#include "model/platform.h"
#include "model/run_options.h"
#include "orchestrator/exec/protocol.h"

namespace sweepformer {
namespace {

/// What torch.load reads as a dictionary.
using Dictionary = c10::impl::GenericDict;

Dictionary MakeDictionary() { return Dictionary(c10::StringType::get(), c10::AnyType::get()); }

torch::Tensor Numbers(const std::vector<std::int64_t>& numbers) {
  return torch::tensor(numbers, torch::kInt64);
}

/// tokens [N, longest], padded, and labels [N].
Dictionary Samples(const datasets::EncodedReviews& samples) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(samples.size()));
  std::iota(all.begin(), all.end(), 0);
  const datasets::Batch batch = datasets::MakeBatch(samples, all);
  Dictionary dictionary = MakeDictionary();
  dictionary.insert("tokens", Numbers(batch.tokens).view({samples.size(), batch.length}));
  dictionary.insert("lengths", Numbers(batch.lengths));
  dictionary.insert("labels", Numbers(batch.labels));
  return dictionary;
}

/// The numbers of the samples of each batch.
std::vector<torch::Tensor> Batches(const datasets::BatchPlan& plan) {
  std::vector<torch::Tensor> batches;
  for (const auto& indices : plan) batches.push_back(Numbers(indices));
  return batches;
}

/// The batches of all epochs, one after the other.
std::vector<torch::Tensor> TrainingBatches(const datasets::EncodedReviews& samples,
                                           const model::TrainingOptions& options) {
  std::vector<torch::Tensor> all;
  for (std::int64_t epoch = 1; epoch <= options.epochs; ++epoch) {
    const auto some =
        Batches(datasets::PlanTraining(samples, options.batch_size, options.seed, epoch));
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

Dictionary Weights(const model::ClassifierImpl& classifier) {
  Dictionary dictionary = MakeDictionary();
  for (const auto& named : classifier.named_parameters()) {
    dictionary.insert(named.key(), named.value().detach());
  }
  return dictionary;
}

Result<Dictionary> InputOf(const RunRequest& request) {
  model::SetThreads(request.threads);  // what is judged at once depends on them
  SF_ASSIGN(model::RunOptions options, model::ReadRunOptions(request.parameters));
  options.training.seed = request.seed;
  SF_ASSIGN(const datasets::PreparedData data,
            datasets::Prepare(options.resolved, request.seed, request.data_folder));
  const model::Model model =
      model::BuildModel(options.model, data.vocabulary.size(), data.classes, request.seed);
  Dictionary input = MakeDictionary();
  input.insert("train", Samples(data.train));
  input.insert("test", Samples(data.test));
  input.insert("train_batches", TrainingBatches(data.train, options.training));
  input.insert("test_batches",
               Batches(model::EvaluationPlan(data.test,
                                             model::EvaluationBatch(options.training.batch_size))));
  input.insert("weights", Weights(*model.classifier));
  return input;
}

Status Write(const std::string& path, std::istream& request_text) {
  const std::string text(std::istreambuf_iterator<char>(request_text), {});
  SF_ASSIGN(const RunRequest request, ParseRequest(text));
  SF_ASSIGN(const Dictionary input, InputOf(request));
  const std::vector<char> bytes = torch::pickle_save(input);
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return file.flush() ? Status() : IoError(fmt::format("cannot write {}", path));
}

}  // namespace
}  // namespace sweepformer

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: rival_input FILE < REQUEST\n");
    return 2;
  }
  const sweepformer::Status status = sweepformer::Write(argv[1], std::cin);
  if (status.ok()) return 0;
  fmt::print(stderr, "rival_input: {}\n", status.message());
  return 1;
}
