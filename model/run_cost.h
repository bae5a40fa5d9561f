#pragma once

#include <string>

namespace sweepformer::model {

/// SQL over the parameters (WorkerDescription::cost): the multiply-adds of the forward passes of
/// training, T·(d + layers·layer) for each review. A layer costs a token
///   2·d·d_ff + 4·d² + d·(2·T full · 4·k Linformer · 2·d/heads linear · 4·m Performer ·
///                        2·min(T, 3·w + g + 1) Longformer, and 2·d more with global tokens),
/// FNet 2·d·d_ff + about 40·d for its transforms, an LSTM at most 8·d².
/// The backward pass costs twice that in every design and changes nothing in comparison; with
/// gradient checkpointing the layers are computed once more, 4 / 3 of it all. T is
/// max_length, an upper bound where inputs are shorter; a data set whose size the parameters do not
/// tell counts as 10,000 reviews. Evaluation, the optimizer, a process's start and how well a
/// machine runs each design and precision (bfloat16 is as fast as its instructions for it, and
/// slower than float32 where it is emulated) are left out: `plan` scales times that it has seen.
std::string RunCost();

}  // namespace sweepformer::model
