#pragma once

#include <string>
#include <vector>

#include "results/effects.h"

namespace sweepformer {

/// What each level of each axis costs and saves, in words: "compression = 4 instead of 1 costs 0.6
/// ± 0.4 points of test_accuracy and saves 31 % [29, 33] of train_seconds". Accuracies in points,
/// ratios in per cent of the level they are held against, the rest in its own unit; ± is half the
/// 95 % interval, brackets are its ends. What cannot be distinguished is said to be so.
std::vector<std::string> TradeOffs(const Effects& effects);

}  // namespace sweepformer
