#pragma once

#include <cstdint>
#include <vector>

#include "datasets/prepare.h"
#include "model/run.h"

namespace sweepformer::model {

/// The upper bound of the bucket of texts of `length` tokens: the next power of two.
std::int64_t LengthBucket(std::int64_t length);

/// Tells the accuracy on slices of the test part, and how many items each holds
/// (results/SCHEMA.md), as history: test_accuracy_by_length and test_items_by_length, the step the
/// upper bound of a length bucket; ..._by_stars, the step the stars; ..._by_domain, the split the
/// domain and the step its place in alphabetical order, from 1. Slices without items are not told,
/// nor are items without stars or domain. One hit per item.
void ReportSlices(const std::vector<bool>& hits, const std::vector<datasets::TestItem>& items,
                  RunObserver& observer);

}  // namespace sweepformer::model
