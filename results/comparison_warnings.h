#pragma once

#include "results/comparison.h"
#include "results/comparison_data.h"

namespace sweepformer {

/// What a reader of the comparison has to know before believing it.
std::vector<std::string> WarningsFor(const Comparison& comparison, const ComparisonData& data);

/// Whether the metric's figures depend on the machine and on what else ran there: what is measured
/// in time or memory and not declared reproducible.
bool DependsOnMachine(const MetricSpec& metric);

/// Whether it is the share of test items of which a run keeps the hits.
bool IsShareOfHits(const MetricSpec& metric);

}  // namespace sweepformer
