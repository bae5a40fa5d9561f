#include "model/blocked_attention.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/kernels/attention.h"
#include "model/kernels/dropout.h"
#include "model/kernels/if_defined.h"
#include "model/key_padding.h"
#include "model/products.h"
#include "model/relative_bias.h"

namespace sweepformer::model {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Scores that exist at once: 1 MiB of floats, which stays in a core's cache.
constexpr std::int64_t kBlockNumbers = 1 << 18;
/// Fewer rows would leave the matrix products too narrow to be fast.
constexpr std::int64_t kLeastRows = 16;

/// Some heads of the batch and some of their query rows.
struct Block {
  std::int64_t first_head, heads, first_row, rows;

  torch::Tensor HeadsOf(const torch::Tensor& x) const { return x.narrow(0, first_head, heads); }
  torch::Tensor RowsOf(const torch::Tensor& x) const {
    return HeadsOf(x).narrow(1, first_row, rows);
  }
};

/// Blocks that together are all rows of all heads.
std::vector<Block> Blocks(std::int64_t heads, std::int64_t rows, std::int64_t keys) {
  const std::int64_t row_step = std::min(rows, std::max(kLeastRows, kBlockNumbers / keys));
  const std::int64_t head_step =
      std::clamp<std::int64_t>(kBlockNumbers / (row_step * keys), 1, heads);
  std::vector<Block> blocks;
  for (std::int64_t head = 0; head < heads; head += head_step) {
    for (std::int64_t row = 0; row < rows; row += row_step) {
      blocks.push_back(
          {head, std::min(head_step, heads - head), row, std::min(row_step, rows - row)});
    }
  }
  return blocks;
}

/// What all blocks of a call have in common.
struct Call {
  torch::Tensor q;          ///< [B·H, T, D]
  torch::Tensor k, v;       ///< [B·H, S, D]
  torch::Tensor bias;       ///< [B·H or 1, 1, S or 1]
  torch::Tensor by_offset;  ///< [H, 2T - 1] (relative_bias.h); may be undefined
  double dropout = 0;
  std::uint64_t mask_seed = 0;

  std::vector<Block> blocks() const { return Blocks(q.size(0), q.size(1), k.size(1)); }
  double scale() const { return 1.0 / std::sqrt(static_cast<double>(q.size(2))); }

  /// Which of the H heads those of a block are, [heads] int64.
  torch::Tensor HeadOf(const Block& block) const {
    return torch::arange(block.first_head, block.first_head + block.heads,
                         torch::TensorOptions(q.device()).dtype(torch::kInt64))
        .remainder(by_offset.size(0));
  }

  /// What is added to a block's scores, or broadcasts to it.
  torch::Tensor BiasOf(const Block& block) const {
    const torch::Tensor of_keys = bias.size(0) == 1 ? bias : block.HeadsOf(bias);
    if (!by_offset.defined()) return of_keys;
    const torch::Tensor own = by_offset.index_select(0, HeadOf(block));
    return BiasOfRows(own, block.first_row, block.rows).add_(of_keys);
  }

  /// Softmax of a block's scores.
  torch::Tensor Weights(const Block& block) const {
    return AddProduct(BiasOf(block), block.RowsOf(q), block.HeadsOf(k).transpose(1, 2), scale())
        .softmax(-1);
  }

  /// Whatever stands in the place of the block's weights, with dropout.
  torch::Tensor Dropped(const Block& block, const torch::Tensor& weights) const {
    if (dropout <= 0.0) return weights;
    const std::int64_t first = block.first_head * q.size(1) + block.first_row;
    return weights * DropoutMaskOfRows(dropout, mask_seed, weights, first);
  }
};

torch::Tensor Forward(const Call& call) {
  torch::Tensor out = torch::empty_like(call.q);
  for (const Block& block : call.blocks()) {
    const torch::Tensor weights = call.Dropped(block, call.Weights(block));
    block.RowsOf(out).copy_(Product(weights, block.HeadsOf(call.v)));
  }
  return out;
}

struct Gradients {
  torch::Tensor q, k, v, by_offset;
};

/// Adds what a block contributes; grad_out [B·H, T, D].
void AddBlock(const Call& call, const Block& block, const torch::Tensor& grad_out,
              Gradients& gradients) {
  const torch::Tensor rows = block.RowsOf(grad_out), weights = call.Weights(block);
  AccumulateProduct(block.HeadsOf(gradients.v), call.Dropped(block, weights).transpose(1, 2), rows);
  const torch::Tensor of_weights =
      call.Dropped(block, Product(rows, block.HeadsOf(call.v).transpose(1, 2)));
  const torch::Tensor of_scores =
      at::_softmax_backward_data(of_weights, weights, -1, weights.scalar_type());
  AccumulateProduct(block.RowsOf(gradients.q), of_scores, block.HeadsOf(call.k), call.scale());
  AccumulateProduct(block.HeadsOf(gradients.k), of_scores.transpose(1, 2), block.RowsOf(call.q),
                    call.scale());
  if (!call.by_offset.defined()) return;
  const torch::Tensor sums = SumByOffset(of_scores);
  gradients.by_offset.narrow(1, call.q.size(1) - block.rows - block.first_row, sums.size(1))
      .index_add_(0, call.HeadOf(block), sums);
}

class BlockedFunction : public torch::autograd::Function<BlockedFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& q,
                               const torch::Tensor& k, const torch::Tensor& v,
                               const torch::Tensor& bias,
                               const c10::optional<torch::Tensor>& by_offset, double dropout,
                               std::int64_t mask_seed) {
    const Call call{q,
                    k,
                    v,
                    bias,
                    by_offset.value_or(torch::Tensor()),
                    dropout,
                    static_cast<std::uint64_t>(mask_seed)};
    context->save_for_backward({q, k, v, bias, call.by_offset});
    context->saved_data["dropout"] = dropout;
    context->saved_data["mask_seed"] = mask_seed;
    return Forward(call);
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const auto saved = context->get_saved_variables();
    const Call call{saved[0],
                    saved[1],
                    saved[2],
                    saved[3],
                    saved[4],
                    context->saved_data["dropout"].toDouble(),
                    static_cast<std::uint64_t>(context->saved_data["mask_seed"].toInt())};
    Gradients gradients{
        torch::zeros_like(call.q), torch::zeros_like(call.k), torch::zeros_like(call.v), {}};
    if (call.by_offset.defined()) gradients.by_offset = torch::zeros_like(call.by_offset);
    for (const Block& block : call.blocks()) AddBlock(call, block, outputs[0], gradients);
    return {gradients.q, gradients.k, gradients.v, {}, gradients.by_offset, {}, {}};
  }
};

/// With LibTorch's operators.
torch::Tensor PlainAttention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                             const torch::Tensor& pad_mask, double dropout, std::uint64_t seed,
                             const torch::Tensor& by_offset) {
  const auto joined = [](const torch::Tensor& x) { return x.flatten(0, 1).contiguous(); };
  return BlockedFunction::apply(joined(q), joined(ZeroPadding(k, pad_mask)),
                                joined(ZeroPadding(v, pad_mask)), ScoreBias(k, pad_mask),
                                IfDefined(by_offset), dropout, static_cast<std::int64_t>(seed))
      .view(q.sizes());
}

}  // namespace

std::int64_t BlockNumbers(std::int64_t rows, std::int64_t keys) {
  return FusedBlockNumbers(rows, keys);
}

torch::Tensor BlockedAttention(const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& v, const torch::Tensor& pad_mask,
                               double dropout, const torch::Tensor& by_offset) {
  const std::uint64_t seed = NewMaskSeed(dropout);
  if (HasKernels(q)) {
    const auto keys = RealLengths(pad_mask);
    if (keys) return FusedAttention(q, k, v, *keys, dropout, seed, by_offset);
  }
  return PlainAttention(q, k, v, pad_mask, dropout, seed, by_offset);
}

}  // namespace sweepformer::model
