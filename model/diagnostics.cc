#include "model/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "datasets/batches.h"
#include "model/batch_tensors.h"

namespace sweepformer::model {
namespace {

using Series = std::vector<double>;

/// The shorter of the two goes on as it ends.
void AddSeries(Series one, Series& sum) {
  const std::size_t length = std::max(one.size(), sum.size());
  if (sum.empty()) sum.resize(length);
  sum.resize(length, sum.back());
  one.resize(length, one.back());
  for (std::size_t i = 0; i < length; ++i) sum[i] += one[i];
}

void Add(const Diagnosis& one, Diagnosis& sum) {
  for (const auto& [name, number] : one.numbers) sum.numbers[name] += number;
  for (const auto& [name, heads] : one.by_head) {
    auto& sums = sum.by_head[name];
    sums.resize(heads.size());
    for (std::size_t head = 0; head < heads.size(); ++head) AddSeries(heads[head], sums[head]);
  }
}

bool IsSilent(const Diagnosis& diagnosis) {
  return diagnosis.numbers.empty() && diagnosis.by_head.empty();
}

void Divide(double count, Diagnosis& sum) {
  for (auto& [name, number] : sum.numbers) number /= count;
  for (auto& [name, heads] : sum.by_head) {
    for (Series& series : heads) {
      for (double& number : series) number /= count;
    }
  }
}

void ReportSeries(const std::string& name, const Series& series, RunObserver& observer) {
  for (std::size_t i = 0; i < series.size(); ++i) {
    observer.OnHistory({name, "valid", static_cast<std::int64_t>(i) + 1, series[i]});
  }
}

}  // namespace

std::vector<Diagnosis> DiagnoseLayers(ClassifierImpl& model, const std::vector<Attention>& layers,
                                      const datasets::EncodedReviews& samples,
                                      torch::Device device) {
  const torch::NoGradGuard no_grad;
  model.eval();
  const std::int64_t count = std::min(kDiagnosedSamples, samples.size());
  std::vector<Diagnosis> diagnoses(layers.size());
  for (std::int64_t sample = 0; sample < count; ++sample) {
    datasets::Batch batch = datasets::MakeBatch(samples, {sample});
    const auto inputs = model.AttentionInputs(ToTensors(batch, device).tokens);
    for (std::size_t layer = 0; layer < layers.size(); ++layer) {
      Add(layers[layer]->Diagnose(inputs[layer]), diagnoses[layer]);
    }
    if (std::all_of(diagnoses.begin(), diagnoses.end(), IsSilent)) return diagnoses;
  }
  for (Diagnosis& diagnosis : diagnoses) Divide(static_cast<double>(count), diagnosis);
  return diagnoses;
}

void ReportDiagnoses(const std::vector<Diagnosis>& layers, std::string_view stage,
                     RunObserver& observer) {
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    for (const auto& [name, number] : layers[layer].numbers) {
      const std::string full = fmt::format("{}_{}", name, stage);
      observer.OnHistory({full, "valid", static_cast<std::int64_t>(layer), number});
    }
    for (const auto& [name, heads] : layers[layer].by_head) {
      for (std::size_t head = 0; head < heads.size(); ++head) {
        ReportSeries(fmt::format("{}_{}_layer{}_head{}", name, stage, layer, head), heads[head],
                     observer);
      }
    }
  }
}

void ReportDiagnosedMeans(const std::vector<Diagnosis>& layers, RunObserver& observer) {
  std::map<std::string, double> sums;
  for (const Diagnosis& layer : layers) {
    for (const auto& [name, number] : layer.numbers) sums[name] += number;
  }
  for (const auto& [name, sum] : sums) {
    observer.OnFinalMetric(name, sum / static_cast<double>(layers.size()));
  }
}

}  // namespace sweepformer::model
