#include "model/token_projection.h"

#include <torch/nn/init.h>

#include <cmath>
#include <limits>
#include <vector>

#include "model/kernels/attention.h"
#include "model/kernels/dropout.h"
#include "model/kernels/projection.h"
#include "model/key_padding.h"
#include "model/products.h"

namespace sweepformer::model {
namespace {

constexpr double kLearnedDeviation = 0.02;

/// [B, windows, window] bool, true = padding or beyond T; undefined if there is neither.
torch::Tensor WindowMask(const torch::Tensor& x, const torch::Tensor& pad_mask,
                         std::int64_t window) {
  const std::int64_t tokens = x.size(2), missing = (window - tokens % window) % window;
  if (!pad_mask.defined() && missing == 0) return {};
  torch::Tensor mask = pad_mask;
  if (!mask.defined()) mask = torch::zeros({x.size(0), tokens}, x.options().dtype(torch::kBool));
  return torch::constant_pad_nd(mask, {0, missing}, true).unflatten(1, {-1, window});
}

torch::Tensor MeanOfReal(const torch::Tensor& windows, const torch::Tensor& mask) {
  if (!mask.defined()) return windows.mean(3);
  const torch::Tensor real = mask.logical_not().sum(2).clamp_min(1).unsqueeze(1).unsqueeze(-1);
  return windows.sum(3) / real;
}

torch::Tensor MaxOfReal(const torch::Tensor& windows, const torch::Tensor& mask) {
  if (!mask.defined()) return windows.amax(3);
  const double lowest = -std::numeric_limits<double>::infinity();
  return windows.masked_fill(mask.unsqueeze(1).unsqueeze(-1), lowest)
      .amax(3)
      .masked_fill(mask.all(2).unsqueeze(1).unsqueeze(-1), 0);
}

/// [B, k, C] → [B, H, k, D]
torch::Tensor HeadsOf(const torch::Tensor& slots, std::int64_t heads) {
  return slots.unflatten(2, {heads, -1}).transpose(1, 2);
}

/// What the weights of each slot add up to over the real tokens of x [B, T, C]: [B, k].
torch::Tensor WeightSums(const torch::Tensor& used, const torch::Tensor& x,
                         const torch::Tensor& pad_mask) {
  if (!pad_mask.defined()) return used.sum(1).expand({x.size(0), -1});
  return torch::matmul(pad_mask.logical_not().to(x.scalar_type()), used.t());  // a sum: float32
}

}  // namespace

torch::Tensor ProjectTokens(const torch::Tensor& projection, const torch::Tensor& x,
                            const torch::Tensor& pad_mask) {
  if (projection.dim() == 3) {
    return Product(projection.narrow(-1, 0, x.size(2)), ZeroPadding(x, pad_mask));
  }
  // One matrix for all heads: side by side they are one product per sample.
  const torch::Tensor joined = x.transpose(1, 2).flatten(2);
  return HeadsOf(ProjectRows(projection, {}, joined, pad_mask).x, x.size(1));
}

Slots ProjectRows(const torch::Tensor& first, const torch::Tensor& second, const torch::Tensor& x,
                  const torch::Tensor& pad_mask) {
  if (HasKernels(x)) {
    if (const auto lengths = RealLengths(pad_mask)) {
      const auto [slots, sums] = FastProjection(x, first, second, *lengths, OperandType());
      return {slots, {}, sums};
    }
  }
  const torch::Tensor all = second.defined() ? torch::cat({first, second}) : first;
  const torch::Tensor used = all.narrow(1, 0, x.size(1));
  const torch::Tensor real = pad_mask.defined() ? x.masked_fill(pad_mask.unsqueeze(-1), 0) : x;
  return {Product(used, real), {}, WeightSums(used, x, pad_mask)};
}

Slots PoolTokens(Projection kind, std::int64_t window, const torch::Tensor& x,
                 const torch::Tensor& pad_mask, const torch::Tensor& kernel) {
  const std::int64_t missing = (window - x.size(2) % window) % window;
  const torch::Tensor windows = torch::constant_pad_nd(ZeroPadding(x, pad_mask), {0, 0, 0, missing})
                                    .unflatten(2, {-1, window});
  const torch::Tensor mask = WindowMask(x, pad_mask, window);
  const torch::Tensor none = mask.defined() ? mask.all(2) : torch::Tensor();
  switch (kind) {
    case Projection::kConvolution: return {(windows * kernel.unsqueeze(-3)).sum(3), none};
    case Projection::kMaxPool: return {MaxOfReal(windows, mask), none};
    default: return {MeanOfReal(windows, mask), none};
  }
}

void ResetProjection(Projection kind, torch::Tensor& numbers) {
  const auto rows = static_cast<double>(numbers.size(-2));
  switch (kind) {
    case Projection::kConvolution: torch::nn::init::constant_(numbers, 1 / rows); break;
    case Projection::kRandom: torch::nn::init::normal_(numbers, 0.0, 1 / std::sqrt(rows)); break;
    default: torch::nn::init::normal_(numbers, 0.0, kLearnedDeviation);
  }
}

}  // namespace sweepformer::model
