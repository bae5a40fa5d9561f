#pragma once

#include "results/comparison.h"
#include "results/comparison_data.h"

namespace sweepformer {

/// From this factor between the shares of the machine that two rows reach, speeds compare how they
/// are programmed.
inline constexpr double kFarShares = 1.5;

Warnings WarningsFor(const Comparison& comparison, const ComparisonData& data);

/// Whether the metric's figures depend on the machine and on what else ran there: what is measured
/// in time or memory and not declared reproducible.
bool DependsOnMachine(const MetricSpec& metric);

/// Whether it is the share of test items of which a run keeps the hits.
bool IsShareOfHits(const MetricSpec& metric);

/// Whether it is a share of test or validation items: on so coarse a scale figures may be equal by
/// chance.
bool IsAccuracy(const MetricSpec& metric);

/// Whether it is measured by probes, several a cell, and not by the runs.
bool IsOfProbes(const MetricSpec& metric);

/// What n counts of it: "seed", or "repeat" of probes.
std::string_view ReplicateWord(const MetricSpec& metric);

}  // namespace sweepformer
