#pragma once

#include <torch/types.h>

namespace sweepformer::model {

/// A tensor that may be undefined, as autograd's functions take it.
inline c10::optional<torch::Tensor> IfDefined(const torch::Tensor& x) {
  return x.defined() ? c10::optional<torch::Tensor>(x) : c10::nullopt;
}

}  // namespace sweepformer::model
