#pragma once

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "results/answer.h"
#include "results/testing.h"

/// What the tests of comparisons share.
namespace sweepformer::testing {

inline std::string Written(const Comparison& comparison, TableFormat format) {
  Answer answer;
  answer.comparison = comparison;
  return RenderAnswer(answer, format);
}

inline SweepMember Run(const char* attention, std::optional<std::int64_t> compression,
                       std::int64_t seed, const char* input = "body") {
  Parameters parameters = {{"attention", std::string(attention)}, {"input", std::string(input)}};
  if (compression) parameters["compression"] = *compression;
  return Member(std::move(parameters), seed);
}

/// A store with one sweep over attention, compression and input.
struct Fixture {
  TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();
  std::vector<SweepMember> runs;

  Registration Demo() const {
    Registration registration = SweepOf(runs);
    registration.parameters = {"attention", "compression", "input", "epochs"};
    registration.metrics = {Metric("accuracy"), Metric("peak_tensor_bytes", "bytes"),
                            Metric("train_samples_per_second", "reviews/s", false)};
    registration.maximize = {"accuracy"};
    return registration;
  }
  void Plan(std::vector<SweepMember> members) {
    runs = std::move(members);
    REQUIRE(store.RegisterRuns(Demo()).ok());
  }
  Result<Comparison> Ask(ComparisonRequest request) {
    request.sweep = "demo";
    return Compare(store.connection(), request);
  }
  std::string Text(ComparisonRequest request, TableFormat format = TableFormat::kTable) {
    const auto comparison = Ask(std::move(request));
    INFO(comparison.status().message());
    REQUIRE(comparison.ok());
    return Written(*comparison, format);
  }
  std::string Error(ComparisonRequest request) {
    return Ask(std::move(request)).status().message();
  }
};

/// Three designs, three seeds, all succeeded.
struct Demo : Fixture {
  Demo() {
    Plan({Run("full", {}, 1), Run("linformer", 10, 1), Run("linformer", 2, 1), Run("full", {}, 2),
          Run("linformer", 10, 2), Run("linformer", 2, 2), Run("full", {}, 3),
          Run("linformer", 10, 3), Run("linformer", 2, 3)});
    const std::vector<double> accuracies = {0.91, 0.85, 0.90, 0.93, 0.86, 0.91, 0.92, 0.90, 0.92};
    for (std::size_t i = 0; i < runs.size(); ++i) {
      Succeed(store, runs[i],
              {{"accuracy", accuracies[i]},
               {"peak_tensor_bytes", (10.0 + static_cast<double>(i % 3)) * 1048576},
               {"train_samples_per_second", 1000.0 + 10.0 * static_cast<double>(i)}});
    }
  }
};

/// A figure for every run.
inline void SucceedAll(Fixture& f, const std::vector<double>& accuracies,
                       const std::vector<double>& speeds = {}) {
  for (std::size_t i = 0; i < accuracies.size(); ++i) {
    std::map<std::string, double, NameLess> metrics = {{"accuracy", accuracies[i]}};
    if (!speeds.empty()) metrics["train_samples_per_second"] = speeds[i];
    Succeed(f.store, f.runs[i], metrics);
  }
}

}  // namespace sweepformer::testing
