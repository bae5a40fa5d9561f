#pragma once

#include <string>

namespace sweepformer::model {

/// SQL over the parameters (WorkerDescription::memory): most bytes that a run's process holds,
///   libraries + tokens of the data + heap · 4 · (5·parameters + T·(B·L·kept + B·added + B·4·C)),
/// where 5 stands for weights, gradients, both moments and the best weights; `kept` and what going
/// backward adds in one layer are those of AttentionImpl::HeldBy and LayerPeakHeld in numbers per
/// token, and dropout's masks; bfloat16 halves what feed-forward sublayers keep. With gradient
/// checkpointing it is kept of one layer, and C of each. Evaluation, in batches of up to twice as
/// many reviews, holds no more.
///
/// What it cannot know: T is max_length, so shorter inputs hold less; the vocabulary counts as
/// full, though the data may have fewer tokens; what a data set takes counts only where parameters
/// say how many reviews there are; a window, or compression, that changes from layer to layer
/// counts as the first one. Of runs on a GPU nothing is known. Measured runs of every design took
/// 0.6 to 1.7 times as much.
std::string RunMemory();

}  // namespace sweepformer::model
