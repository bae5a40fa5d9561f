#include "model/longformer_attention.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/full_attention.h"
#include "model/kernels/dropout.h"
#include "model/key_padding.h"
#include "model/products.h"
#include "orchestrator/core/parameter_specs.h"

namespace sweepformer::model {
namespace {

/// Fewer rows would leave the matrix products too narrow to be fast.
constexpr std::int64_t kLeastRows = 16;

constexpr double kLowest = std::numeric_limits<float>::lowest();

/// Cuts T tokens into blocks of rows. Tokens whose places differ by a multiple of the dilation see
/// one another and nobody else, so each such class is a sequence of its own, which no window and no
/// block is longer than.
///   T → [dilation, blocks, rows], filled up at the end
class BandLayout {
 public:
  BandLayout(const Band& band, std::int64_t tokens)
      : tokens_(tokens),
        dilation_(std::min(band.dilation, tokens)),
        class_length_((tokens + dilation_ - 1) / dilation_),
        window_(std::min(band.window, class_length_)),
        rows_(std::min(std::max(window_, kLeastRows), class_length_)),
        blocks_((class_length_ + rows_ - 1) / rows_) {}

  std::int64_t keys() const { return rows_ + 2 * window_; }  ///< a block sees
  std::int64_t block_rows() const { return rows_; }
  std::int64_t filled_up() const { return dilation_ * blocks_ * rows_; }  ///< rows in all

  /// Keys a token has to see, but for the global ones.
  std::int64_t needed_keys() const { return std::min(2 * window_ + 1, class_length_); }

  /// x [..., T, D] → [..., dilation, blocks · rows, D]
  torch::Tensor Split(const torch::Tensor& x, double filler = 0.0) const {
    const std::int64_t length = blocks_ * rows_;
    const std::vector<std::int64_t> after = {0, 0, 0, length * dilation_ - tokens_};
    return torch::constant_pad_nd(x, after, filler)
        .unflatten(-2, {length, dilation_})
        .transpose(-3, -2);
  }

  /// x [..., T, D] → [..., dilation, blocks, rows, D]
  torch::Tensor Rows(const torch::Tensor& x) const {
    return Split(x).unflatten(-2, {blocks_, rows_});
  }

  /// x [..., T, D] → [..., dilation, blocks, D, keys]: what each block sees, `filler` beyond the
  /// ends.
  torch::Tensor Keys(const torch::Tensor& x, double filler = 0.0) const {
    const std::vector<std::int64_t> around = {0, 0, window_, window_};
    return torch::constant_pad_nd(Split(x, filler), around, filler).unfold(-2, keys(), rows_);
  }

  /// [..., dilation, blocks, rows, D] → [..., T, D]
  torch::Tensor Join(const torch::Tensor& x) const {
    return x.flatten(-3, -2).transpose(-3, -2).flatten(-3, -2).narrow(-2, 0, tokens_);
  }

  /// [rows, keys]: minus infinity outside the band, the same for every block.
  torch::Tensor BandBias(const torch::Tensor& like) const {
    const torch::Tensor row = torch::arange(rows_).unsqueeze(1), key = torch::arange(keys());
    const torch::Tensor outside = (key - row - window_).abs() > window_;
    return like.new_zeros({rows_, keys()})
        .masked_fill_(outside.to(like.device()), -std::numeric_limits<double>::infinity());
  }

 private:
  std::int64_t tokens_, dilation_, class_length_, window_, rows_, blocks_;
};

/// [B, 1, T, 1], added to the scores of a key: zero, or the lowest float for padding. Finite, as
/// ScoreBias is.
torch::Tensor KeyBias(const torch::Tensor& k, const torch::Tensor& pad_mask) {
  const torch::Tensor bias = k.new_zeros({k.size(0), 1, k.size(2), 1});
  return pad_mask.defined() ? bias.masked_fill(pad_mask.view(bias.sizes()), kLowest) : bias;
}

/// [1, 1, T, 1]: minus infinity for the global tokens, whose scores stand in columns of their own.
torch::Tensor WithoutGlobals(const torch::Tensor& k, std::int64_t globals) {
  torch::Tensor bias = k.new_zeros({1, 1, k.size(2), 1});
  bias.narrow(2, 0, globals).fill_(-std::numeric_limits<double>::infinity());
  return bias;
}

}  // namespace

torch::Tensor BandedAttention(const torch::Tensor& q, const torch::Tensor& k,
                              const torch::Tensor& v, const Band& band,
                              const torch::Tensor& pad_mask, double dropout) {
  const BandLayout layout(band, k.size(2));
  const std::int64_t globals = std::min(band.globals, k.size(2));
  const torch::Tensor real_k = ZeroPadding(k, pad_mask), real_v = ZeroPadding(v, pad_mask);
  const torch::Tensor key_bias = KeyBias(k, pad_mask);
  const torch::Tensor rows = layout.Rows(q / std::sqrt(static_cast<double>(q.size(3))));
  const auto global_part = [&](const torch::Tensor& x) {  // [B, H, 1, 1, g, D]
    return x.narrow(2, 0, globals).unsqueeze(2).unsqueeze(2);
  };
  const torch::Tensor near = Product(rows, layout.Keys(real_k))
                                 .add_(layout.Keys(key_bias + WithoutGlobals(k, globals), kLowest))
                                 .add_(layout.BandBias(q));
  const torch::Tensor far = Product(rows, global_part(real_k).transpose(-1, -2))
                                .add_(global_part(key_bias).transpose(-1, -2));
  const torch::Tensor weights = Dropout(torch::cat({far, near}, -1).softmax(-1), dropout);
  const torch::Tensor mixed =
      Product(weights.narrow(-1, globals, layout.keys()), layout.Keys(real_v).transpose(-1, -2)) +
      Product(weights.narrow(-1, 0, globals), global_part(real_v));
  return layout.Join(mixed);
}

LongformerAttentionImpl::LongformerAttentionImpl(const LongformerOptions& options)
    : MultiHeadAttentionImpl(options.attention), band_(options.band) {
  const std::int64_t width = options.attention.d_model;
  MultiHeadAttentionImpl::reset_parameters();  // before the global ones draw what they forget
  if (band_.globals > 0) {
    global_q_proj_ = register_module("global_q_proj", Linear(width, width));
    global_k_proj_ = register_module("global_k_proj", Linear(width, width));
    global_v_proj_ = register_module("global_v_proj", Linear(width, width));
  }
  StartGlobals();
}

void LongformerAttentionImpl::reset_parameters() {
  MultiHeadAttentionImpl::reset_parameters();
  StartGlobals();
}

void LongformerAttentionImpl::StartGlobals() {
  const torch::NoGradGuard no_grad;
  const auto all = named_parameters();
  for (const auto& parameter : all) {
    constexpr std::string_view kPrefix = "global_";
    if (!parameter.key().starts_with(kPrefix)) continue;
    parameter.value().copy_(all[parameter.key().substr(kPrefix.size())]);
  }
}

Work LongformerAttentionImpl::CoreWork(std::int64_t tokens) const {
  const std::int64_t width = options().d_model, heads = options().heads;
  const std::int64_t globals = std::min(band_.globals, tokens);
  const BandLayout layout(band_, tokens);
  const std::int64_t seen = std::min(layout.needed_keys() + globals, tokens);
  Work work = AttentionWork(tokens, seen, width, heads, /*scores_in_memory=*/true);
  if (globals == 0) return work;
  work += global_q_proj_->ForwardWork(globals) + global_k_proj_->ForwardWork(tokens) +
          global_v_proj_->ForwardWork(tokens);
  return work + AttentionWork(globals, tokens, width, heads, /*scores_in_memory=*/true);
}

Held LongformerAttentionImpl::CoreHeld(std::int64_t tokens) const {
  const BandLayout layout(band_, tokens);
  const double rows = RowNumbers(layout.filled_up());
  const auto globals = static_cast<double>(std::min(band_.globals, tokens));
  const auto keys = static_cast<double>(layout.keys());
  const double windows = rows * keys / static_cast<double>(layout.block_rows());  // k's, v's
  const double scores =
      static_cast<double>(options().heads * layout.filled_up()) * (keys + globals);
  const double global = globals > 0 ? 3 * RowNumbers(tokens) : 0;  // k, v; once more as measured
  // Gradients of the weights of near and far keys are as wide as all of them; v is given back.
  return {rows + 2 * windows + global + scores, 3 * scores - windows - rows};
}

torch::Tensor LongformerAttentionImpl::Attend(const torch::Tensor& q, const torch::Tensor& k,
                                              const torch::Tensor& v,
                                              const torch::Tensor& pad_mask) {
  return BandedAttention(q, k, v, band_, pad_mask, active_dropout());
}

torch::Tensor LongformerAttentionImpl::MixHeads(const torch::Tensor& x,
                                                const torch::Tensor& pad_mask) {
  const torch::Tensor local = MultiHeadAttentionImpl::MixHeads(x, pad_mask);
  const std::int64_t globals = std::min(band_.globals, x.size(1));
  if (globals == 0) return local;
  const torch::Tensor placed = Placed(x);
  const torch::Tensor global = ScaledDotProductAttention(
      SplitHeads(global_q_proj_(placed.narrow(1, 0, globals))), SplitHeads(global_k_proj_(placed)),
      SplitHeads(global_v_proj_(x)), pad_mask, active_dropout());
  return torch::cat({global, local.slice(2, globals)}, 2);
}

Band BandSchedule::OfLayer(std::int64_t layer, std::int64_t max_length) const {
  Band band = first;
  const auto grow = [&](std::int64_t& value, std::int64_t factor) {
    for (std::int64_t i = 0; i < layer && value < max_length; ++i) value *= factor;
    value = std::min(value, max_length);
  };
  grow(band.window, window_growth);
  grow(band.dilation, dilation_growth);
  return band;
}

std::vector<ParameterSpec> LongformerParameters() {
  return When(
      "attention = 'longformer'",
      {IntegerSpec("window", std::int64_t{32}, 0, "tokens",
                   "w, how many tokens a token sees on either side, itself apart"),
       IntegerSpec("window_growth", std::int64_t{1}, 1, "",
                   "factor of the window from each layer to the next"),
       IntegerSpec("dilation", std::int64_t{1}, 1, "",
                   "of the tokens on either side, only every so many-th is seen"),
       IntegerSpec("dilation_growth", std::int64_t{1}, 1, "",
                   "factor of the dilation from each layer to the next"),
       IntegerSpec("global_tokens", std::int64_t{1}, 0, "tokens",
                   "first tokens, [CLS] before all, that see and are seen by every token")});
}

std::vector<ParameterCheck> LongformerChecks() {
  return {{"global_tokens <= max_length",
           "global_tokens is larger than max_length; lower it or raise max_length"}};
}

BandSchedule ReadBandSchedule(const AttentionOptions& attention, ParameterReader& reader) {
  BandSchedule schedule;
  schedule.first.window = reader.Integer("window");
  schedule.window_growth = reader.Integer("window_growth");
  schedule.first.dilation = reader.Integer("dilation");
  schedule.dilation_growth = reader.Integer("dilation_growth");
  schedule.first.globals = reader.Integer("global_tokens");
  if (schedule.first.globals > attention.max_length) {
    reader.Note(InvalidArgument(fmt::format(
        "global_tokens ({}) is larger than max_length ({}): lower it or raise max_length",
        schedule.first.globals, attention.max_length)));
  }
  return schedule;
}

}  // namespace sweepformer::model
