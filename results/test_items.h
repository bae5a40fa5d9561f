#pragma once

#include "results/comparison.h"

namespace sweepformer {

/// Adds what the test items say to the differences in test_accuracy: a two-level bootstrap over
/// seeds and items where there are seeds enough, McNemar's test where both have one common run.
/// Groups of several cells, and runs that kept no hits or were tested on other items (other data,
/// dataset, split_seed, test_share or number of items), are passed over. InvalidArgument if there
/// is no baseline or test_accuracy is not compared.
Status AddItemTests(const Connection& connection, Comparison& comparison);

}  // namespace sweepformer
