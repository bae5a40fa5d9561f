#include "model/compressive_attention.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "model/blocked_attention.h"
#include "model/full_attention.h"
#include "model/kernels/dropout.h"
#include "model/key_padding.h"
#include "model/products.h"
#include "orchestrator/core/parameter_specs.h"

namespace sweepformer::model {
namespace {

std::int64_t DivideUp(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// The rows of `range`; undefined stays undefined.
torch::Tensor Rows(const torch::Tensor& x, std::int64_t dimension, const Range& range) {
  return x.defined() ? x.slice(dimension, range.begin, range.end) : x;
}

KeysAndValues RowsOf(const KeysAndValues& all, const Range& range) {
  return {Rows(all.k, 2, range), Rows(all.v, 2, range), Rows(all.none, 1, range)};
}

/// Keys and values by ranges of their rows.
struct CutKeysAndValues {
  CutKeysAndValues(const KeysAndValues& all, const std::vector<Range>& ranges)
      : k(all.k, 2, ranges), v(all.v, 2, ranges), none(all.none, 1, ranges) {}

  KeysAndValues Of(const Range& range) const {
    return {Joined(k.Parts(range), 2), Joined(v.Parts(range), 2), Joined(none.Parts(range), 1)};
  }

  CutRows k, v, none;
};

/// One range of each segment: a member, or a function of the segment.
template <typename RangeOf>
std::vector<Range> RangesOf(const std::vector<Segment>& segments, RangeOf range_of) {
  std::vector<Range> ranges;
  for (const Segment& segment : segments) ranges.push_back(std::invoke(range_of, segment));
  return ranges;
}

/// Its memory and itself.
Range NearTokens(const Segment& segment) { return {segment.memory.begin, segment.tokens.end}; }

/// Its slots before those.
KeysAndValues SeenBy(const Segment& segment, const CutKeysAndValues& slots,
                     const CutKeysAndValues& tokens) {
  const auto join = [&](CutRows CutKeysAndValues::*part, std::int64_t dimension) {
    std::vector<torch::Tensor> rows = (slots.*part).Parts(segment.slots);
    for (torch::Tensor& more : (tokens.*part).Parts(NearTokens(segment))) {
      rows.push_back(std::move(more));
    }
    return Joined(rows, dimension);
  };
  return {join(&CutKeysAndValues::k, 2), join(&CutKeysAndValues::v, 2),
          join(&CutKeysAndValues::none, 1)};
}

/// [1, s, S]: the lowest float where a query of the last s keys' places would look ahead.
torch::Tensor NoLookingAhead(std::int64_t queries, const torch::Tensor& k) {
  const torch::Tensor ahead = torch::ones({queries, k.size(2)}, k.options().dtype(torch::kBool))
                                  .triu(k.size(2) - queries + 1);
  return k.new_zeros({1, queries, k.size(2)})
      .masked_fill_(ahead, std::numeric_limits<float>::lowest());
}

/// ScaledDotProductAttention of queries that stand at the places of the last keys.
torch::Tensor CausalAttention(const torch::Tensor& q, const KeysAndValues& seen, double dropout) {
  const torch::Tensor k = ZeroPadding(seen.k, seen.none), v = ZeroPadding(seen.v, seen.none);
  const torch::Tensor bias = ScoreBias(k, seen.none) + NoLookingAhead(q.size(2), k);
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(3)));
  const torch::Tensor scores =
      AddProduct(bias, q.flatten(0, 1), k.flatten(0, 1).transpose(1, 2), scale);
  const torch::Tensor weights = Dropout(scores.softmax(-1), dropout);
  return Product(weights, v.flatten(0, 1)).view(q.sizes());
}

torch::Tensor AttendTo(const torch::Tensor& q, const KeysAndValues& seen) {
  return ScaledDotProductAttention(q, seen.k, seen.v, seen.none);
}

/// Slots by a convolution of kernel and stride r, its kernel [C, C, r] as [C, r · C]:
/// x [B, 1, L, C] → [B, 1, L / r, C].
Slots Convolve(const torch::Tensor& kernel, const torch::Tensor& bias, const torch::Tensor& x,
               const torch::Tensor& pad_mask) {
  const std::int64_t ratio = kernel.size(1) / kernel.size(0),
                     missing = (ratio - x.size(2) % ratio) % ratio;
  const torch::Tensor windows = torch::constant_pad_nd(ZeroPadding(x, pad_mask), {0, 0, 0, missing})
                                    .unflatten(2, {-1, ratio})
                                    .flatten(3);
  torch::Tensor none;
  if (pad_mask.defined()) {
    none = torch::constant_pad_nd(pad_mask, {0, missing}, true).unflatten(1, {-1, ratio}).all(2);
  }
  return {LinearProduct(windows, kernel, bias), none};
}

/// The slots of each segment's old tokens, in turn, by `compress`, which takes x [B, H, L, D] and a
/// mask [B, L].
template <typename Compress>
Slots SlotsOf(const std::vector<Segment>& segments, const torch::Tensor& x,
              const torch::Tensor& pad_mask, Compress compress) {
  const CutRows cut(x, 2, RangesOf(segments, &Segment::old));
  std::vector<torch::Tensor> slots = {x.narrow(2, 0, 0)}, none;
  for (const Segment& segment : segments) {
    if (segment.old.size() == 0) continue;
    const Slots made = compress(Joined(cut.Parts(segment.old), 2), Rows(pad_mask, 1, segment.old));
    slots.push_back(made.x);
    if (pad_mask.defined()) none.push_back(made.none);
  }
  if (pad_mask.defined()) none.push_back(pad_mask.narrow(1, 0, 0));
  return {torch::cat(slots, 2), pad_mask.defined() ? torch::cat(none, 1) : torch::Tensor()};
}

Slots PoolWindows(Compression compression, std::int64_t ratio, const torch::Tensor& x,
                  const torch::Tensor& pad_mask) {
  const bool mean = compression == Compression::kMean;
  return PoolTokens(mean ? Projection::kMeanPool : Projection::kMaxPool, ratio, x, pad_mask);
}

}  // namespace

std::vector<Segment> PlanSegments(const MemoryOptions& options, std::int64_t tokens) {
  std::vector<Segment> segments;
  Range slots;  // the compressed memory
  std::int64_t memory = 0, made = 0;
  for (std::int64_t begin = 0; begin < tokens; begin += options.segment_length) {
    Segment segment;
    segment.tokens = {begin, std::min(begin + options.segment_length, tokens)};
    segment.memory = {memory, begin};
    segment.slots = slots;
    segment.old = {memory, memory};
    segment.made = {made, made};
    if (segment.tokens.end < tokens) {
      memory = std::max(memory, segment.tokens.end - options.memory_length);
      if (options.compressed_length > 0) segment.old.end = memory;
      made += DivideUp(segment.old.size(), options.ratio);
      segment.made.end = made;
      slots = {std::max<std::int64_t>(made - options.compressed_length, 0), made};
    }
    segments.push_back(segment);
  }
  return segments;
}

Slots PoolOldTokens(Compression compression, std::int64_t ratio,
                    const std::vector<Segment>& segments, const torch::Tensor& x,
                    const torch::Tensor& pad_mask) {
  return SlotsOf(segments, x, pad_mask, [&](const torch::Tensor& old, const torch::Tensor& mask) {
    return PoolWindows(compression, ratio, old, mask);
  });
}

torch::Tensor SegmentAttention(const std::vector<Segment>& segments, SegmentView view,
                               const torch::Tensor& q, const KeysAndValues& tokens,
                               const KeysAndValues& slots, double dropout) {
  const CutRows cut_q(q, 2, RangesOf(segments, &Segment::tokens));
  const CutKeysAndValues cut_tokens(tokens, RangesOf(segments, NearTokens));
  const CutKeysAndValues cut_slots(slots, RangesOf(segments, &Segment::slots));
  std::vector<torch::Tensor> mixed;
  for (const Segment& segment : segments) {
    const torch::Tensor queries = Joined(cut_q.Parts(segment.tokens), 2);
    const KeysAndValues seen = SeenBy(segment, cut_slots, cut_tokens);
    mixed.push_back(view == SegmentView::kCausal
                        ? CausalAttention(queries, seen, dropout)
                        : BlockedAttention(queries, seen.k, seen.v, seen.none, dropout));
  }
  return torch::cat(mixed, 2);
}

torch::Tensor ReconstructionLoss(const std::vector<Segment>& segments, const torch::Tensor& q,
                                 const KeysAndValues& tokens, const KeysAndValues& slots) {
  const torch::Tensor real_q = ZeroPadding(q, tokens.none);  // NaN there would reach gradients
  const CutKeysAndValues made(slots, RangesOf(segments, &Segment::made));
  torch::Tensor sum, rows;
  for (const Segment& segment : segments) {
    if (segment.old.size() == 0) continue;
    const torch::Tensor queries = Rows(real_q, 2, segment.tokens);
    torch::Tensor lost =
        (AttendTo(queries, RowsOf(tokens, segment.old)) - AttendTo(queries, made.Of(segment.made)))
            .pow(2)
            .mean({1, 3});  // [B, s]
    torch::Tensor real = torch::ones_like(lost);
    if (tokens.none.defined()) {
      const torch::Tensor padding = Rows(tokens.none, 1, segment.tokens);
      lost = lost.masked_fill(padding, 0);
      real = real.masked_fill(padding, 0);
    }
    sum = sum.defined() ? sum + lost.sum() : lost.sum();
    rows = rows.defined() ? rows + real.sum() : real.sum();
  }
  return sum.defined() ? sum / rows.clamp_min(1) : sum;
}

CompressiveAttentionImpl::CompressiveAttentionImpl(const CompressiveOptions& options)
    : MultiHeadAttentionImpl(options.attention), options_(options) {
  MultiHeadAttentionImpl::reset_parameters();  // before the convolution draws what it forgets
  const bool learns =
      options.memory.compressed_length > 0 && options.compression == Compression::kConvolution;
  if (!learns) return;
  const std::int64_t width = options.attention.d_model, ratio = options.memory.ratio;
  compression_ = register_module(
      "compression",
      torch::nn::Conv1d(torch::nn::Conv1dOptions(width, width, ratio).stride(ratio)));
  ResetCompression();
}

void CompressiveAttentionImpl::ResetCompression() {
  const torch::NoGradGuard no_grad;
  compression_->weight.zero_().diagonal(0, 0, 1).fill_(1.0 /
                                                       static_cast<double>(options_.memory.ratio));
  compression_->bias.zero_();
}

void CompressiveAttentionImpl::reset_parameters() {
  MultiHeadAttentionImpl::reset_parameters();
  if (compression_) ResetCompression();
}

std::int64_t CompressiveAttentionImpl::KeyRows(std::int64_t tokens) const {
  return tokens + PlanSegments(options_.memory, tokens).back().made.end;
}

bool CompressiveAttentionImpl::Reconstructs() const {
  return compression_ && compression_->weight.requires_grad() && options_.reconstruction_weight > 0;
}

Work CompressiveAttentionImpl::CompressionWork(std::int64_t slots) const {
  const std::int64_t width = options().d_model;
  if (!compression_) return ElementWork(static_cast<double>(slots * width));
  Work work = ProductWork(slots, options_.memory.ratio * width, width);
  if (!compression_->weight.requires_grad()) work.frozen_flops = work.flops;
  return work;
}

Work CompressiveAttentionImpl::ReconstructionWork(const std::vector<Segment>& segments) const {
  const std::int64_t width = options().d_model, slots = segments.back().made.end;
  Work work = CompressionWork(slots) + 2.0 * ProductWork(slots, width, width);
  work.frozen_flops = work.flops;  // its input, and the projections
  for (const Segment& segment : segments) {
    const auto attention = [&](const Range& keys) {
      return AttentionWork(segment.tokens.size(), keys.size(), width, options().heads,
                           /*scores_in_memory=*/true);
    };
    if (segment.old.size() == 0) continue;
    Work to_tokens = attention(segment.old), to_slots = attention(segment.made);
    to_tokens.frozen_flops = 2 * to_tokens.flops;  // all of it
    to_slots.frozen_flops = 0.5 * to_slots.flops;  // the queries
    work += to_tokens + to_slots;
  }
  return work;
}

Work CompressiveAttentionImpl::CoreWork(std::int64_t tokens) const {
  const std::vector<Segment> segments = PlanSegments(options_.memory, tokens);
  const std::int64_t slots = segments.back().made.end;
  Work work = slots > 0 ? CompressionWork(slots) : Work{};
  for (const Segment& segment : segments) {
    const std::int64_t seen = segment.slots.size() + segment.memory.size() + segment.tokens.size();
    work += AttentionWork(segment.tokens.size(), seen, options().d_model, options().heads,
                          /*scores_in_memory=*/options_.view == SegmentView::kCausal);
  }
  return slots > 0 && Reconstructs() ? work + ReconstructionWork(segments) : work;
}

Held CompressiveAttentionImpl::CoreHeld(std::int64_t tokens) const {
  const std::vector<Segment> segments = PlanSegments(options_.memory, tokens);
  const double slots = RowNumbers(segments.back().made.end);
  double seen = 0, pairs = 0, lost_pairs = 0, old = 0;
  for (const Segment& segment : segments) {
    const std::int64_t keys = segment.slots.size() + segment.memory.size() + segment.tokens.size();
    seen += RowNumbers(keys);
    if (options_.view == SegmentView::kCausal) {
      pairs += static_cast<double>(segment.tokens.size() * keys);
    }
    lost_pairs += static_cast<double>(segment.tokens.size() * segment.made.size());
    old += RowNumbers(segment.old.size());
  }
  const auto heads = static_cast<double>(options().heads);
  // Queries, the keys and values each segment sees, weights, and what a convolution is of.
  double kept = RowNumbers(tokens) + 2 * seen + heads * pairs + slots;
  // A convolution's kernel is laid out anew each time.
  const double kernel = RowNumbers(options_.memory.ratio * options().d_model);
  if (compression_) kept += old + kernel;
  if (Reconstructs()) kept += old + kernel + RowNumbers(tokens) + heads * lost_pairs + 3 * slots;
  return {kept, 2 * RowNumbers(tokens)};  // segment by segment, giving back what it was kept for
}

Slots CompressiveAttentionImpl::Compress(const std::vector<Segment>& segments,
                                         const torch::Tensor& x,
                                         const torch::Tensor& pad_mask) const {
  const torch::Tensor kernel =
      compression_ ? compression_->weight.transpose(1, 2).flatten(1) : torch::Tensor();
  Slots slots = SlotsOf(
      segments, x.unsqueeze(1), pad_mask, [&](const torch::Tensor& old, const torch::Tensor& mask) {
        return compression_ ? Convolve(kernel, compression_->bias, old, mask)
                            : PoolWindows(options_.compression, options_.memory.ratio, old, mask);
      });
  return {slots.x.squeeze(1), slots.none};
}

torch::Tensor CompressiveAttentionImpl::Reconstruct(const std::vector<Segment>& segments,
                                                    const torch::Tensor& x, const torch::Tensor& q,
                                                    const KeysAndValues& tokens) {
  // Its graph ends at the convolution, so it can be kept where that of the layer is not.
  const c10::AutoGradMode with_gradient(true);
  const Slots made = Compress(segments, x.detach(), tokens.none);
  return ReconstructionLoss(segments, q.detach(),
                            {tokens.k.detach(), tokens.v.detach(), tokens.none},
                            {FrozenKeys(made.x), FrozenValues(made.x), made.none});
}

torch::Tensor CompressiveAttentionImpl::MixHeads(const torch::Tensor& x,
                                                 const torch::Tensor& pad_mask) {
  auxiliary_loss_ = {};
  const std::vector<Segment> segments = PlanSegments(options_.memory, x.size(1));
  if (segments.back().made.end == 0) return MultiHeadAttentionImpl::MixHeads(x, pad_mask);
  const torch::Tensor q = Queries(x);
  const KeysAndValues tokens = {Keys(x), Values(x), pad_mask};
  const Slots made = Compress(segments, x, pad_mask);
  if (is_training() && Reconstructs()) {
    auxiliary_loss_ = {Reconstruct(segments, x, q, tokens), options_.reconstruction_weight};
  }
  return SegmentAttention(segments, options_.view, q, tokens,
                          {Keys(made.x), Values(made.x), made.none}, active_dropout());
}

torch::Tensor CompressiveAttentionImpl::Attend(const torch::Tensor& q, const torch::Tensor& k,
                                               const torch::Tensor& v,
                                               const torch::Tensor& pad_mask) {
  const KeysAndValues tokens = {k, v, pad_mask};
  return SegmentAttention(PlanSegments(options_.memory, q.size(2)), options_.view, q, tokens,
                          RowsOf(tokens, {}), active_dropout());
}

std::vector<ParameterSpec> CompressiveParameters() {
  std::vector<ParameterSpec> all = When(
      "attention = 'compressive'",
      {IntegerSpec(
           "segment_length", std::int64_t{32}, 1, "tokens",
           "tokens read at once; with pooling = 'cls' the classifier sees the first segment "
           "alone"),
       IntegerSpec("memory_length", std::int64_t{32}, 0, "tokens",
                   "tokens before a segment that are remembered as they are"),
       IntegerSpec("compressed_length", std::int64_t{16}, 0, "slots",
                   "slots that remember the tokens before those"),
       ChoiceSpec("segment_view", {"whole", "causal"},
                  "what a token sees of its own segment; causal: itself and what is before it")});
  const auto compressed =
      When("attention = 'compressive' AND compressed_length > 0",
           {IntegerSpec("compression_ratio", std::int64_t{4}, 1, "tokens", "tokens in a slot"),
            ChoiceSpec("compression_function", {"convolution", "mean", "max"},
                       "what makes a slot of its tokens")});
  const auto reconstructed = When(
      "attention = 'compressive' AND compressed_length > 0 AND compression_function = "
      "'convolution'",
      {NumberSpec("reconstruction_weight", 1.0, 0, std::nullopt,
                  "of the auxiliary loss: what attention to slots loses against attention to "
                  "their tokens")});
  Append(compressed, all);
  Append(reconstructed, all);
  return all;
}

std::vector<ParameterCheck> CompressiveChecks() {
  return {{"segment_view <> 'causal' OR pooling <> 'cls'",
           "with segment_view = 'causal' the first token sees itself alone; choose pooling = "
           "'mean' or 'max'"}};
}

CompressiveOptions ReadCompressiveOptions(const AttentionOptions& attention,
                                          ParameterReader& reader) {
  CompressiveOptions options;
  options.attention = attention;
  options.memory.segment_length = reader.Integer("segment_length");
  options.memory.memory_length = reader.Integer("memory_length");
  options.memory.compressed_length = reader.Integer("compressed_length");
  options.view = static_cast<SegmentView>(reader.Choice("segment_view"));
  if (options.view == SegmentView::kCausal && reader.Text("pooling") == "cls") {
    reader.Note(InvalidArgument(CompressiveChecks().front().why));
  }
  if (options.memory.compressed_length == 0) return options;
  options.memory.ratio = reader.Integer("compression_ratio");
  options.compression = static_cast<Compression>(reader.Choice("compression_function"));
  if (options.compression == Compression::kConvolution) {
    options.reconstruction_weight = reader.Number("reconstruction_weight");
  }
  return options;
}

}  // namespace sweepformer::model
