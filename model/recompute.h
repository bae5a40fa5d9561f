#pragma once

#include <torch/types.h>

#include <functional>

namespace sweepformer::model {

/// function(x), of which nothing but x is kept for the backward pass: all between is computed there
/// once more (gradient checkpointing; Chen et al. 2016, arXiv:1604.06174). `function` is called now
/// and once by each backward pass, with torch's generators as they are now, and must then draw and
/// compute the same; what it refers to must live until then. Parameters inside get their gradients
/// also where x needs none. Differentiable once. Bit for bit what function(x) and its own backward
/// pass would give, but for a parameter that is used several times in one such function and
/// elsewhere too (E of a layerwise Linformer; a compression that an auxiliary loss teaches): its
/// gradient is added up in another order.
torch::Tensor Recomputed(const torch::Tensor& x,
                         std::function<torch::Tensor(const torch::Tensor&)> function);

}  // namespace sweepformer::model
