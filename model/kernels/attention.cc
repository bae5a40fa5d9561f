#include "model/kernels/attention.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include "model/kernels/gemm.h"
#include "model/kernels/if_defined.h"
#include "model/kernels/parallel.h"
#include "model/kernels/softmax.h"

namespace sweepformer::model {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// 256 KiB of scores: with their weights and gradients they stay in most cores' second cache.
constexpr std::int64_t kBlockNumbers = 1 << 16;
/// Fewer rows would leave the matrix products too narrow to be fast.
constexpr std::int64_t kLeastRows = 16;

std::int64_t UpToLanes(std::int64_t numbers) {
  return (numbers + lanes::kLanes - 1) / lanes::kLanes * lanes::kLanes;
}

/// [B, H, T, D] in memory.
struct Heads {
  explicit Heads(const torch::Tensor& x)
      : numbers(x.data_ptr<float>()),
        sample_stride(x.stride(0)),
        head_stride(x.stride(1)),
        row_stride(x.stride(2)) {}

  float* RowOf(std::int64_t sample, std::int64_t head, std::int64_t row) const {
    return numbers + sample * sample_stride + head * head_stride + row * row_stride;
  }

  float* numbers;
  std::int64_t sample_stride, head_stride, row_stride;
};

/// What all heads of a call have in common.
struct Call {
  torch::Tensor q, k, v;
  torch::Tensor by_offset;         ///< may be undefined
  std::vector<std::int64_t> keys;  ///< empty: all of each sample
  Mask mask;

  std::int64_t batch() const { return q.size(0); }
  std::int64_t heads() const { return q.size(1); }
  std::int64_t rows() const { return q.size(2); }
  std::int64_t width() const { return q.size(3); }
  std::int64_t KeysOf(std::int64_t sample) const {
    return keys.empty() ? k.size(2) : keys[static_cast<std::size_t>(sample)];
  }
  /// Whether no key of any sample is left out.
  bool has_all_keys() const {
    return k.size(2) > 0 &&
           std::all_of(keys.begin(), keys.end(), [&](auto count) { return count == k.size(2); });
  }
  float scale() const { return 1.0F / std::sqrt(static_cast<float>(width())); }
};

std::int64_t RowsAtOnce(std::int64_t rows, std::int64_t keys) {
  return std::min(rows, std::max(kLeastRows, kBlockNumbers / std::max<std::int64_t>(keys, 1)));
}

/// One head of one sample.
class Head {
 public:
  Head(const Call& call, std::int64_t sample, std::int64_t head)
      : call_(call),
        sample_(sample),
        head_(head),
        keys_(call.KeysOf(sample)),
        stride_(UpToLanes(keys_)),
        step_(RowsAtOnce(call.rows(), keys_)) {}

  std::int64_t keys() const { return keys_; }
  std::int64_t stride() const { return stride_; }
  std::int64_t step() const { return step_; }

  MatrixView Of(const torch::Tensor& x, std::int64_t row = 0) const {
    const Heads heads(x);
    return {heads.RowOf(sample_, head_, row), heads.row_stride};
  }
  float* To(const torch::Tensor& x, std::int64_t row = 0) const {
    return Heads(x).RowOf(sample_, head_, row);
  }

  ScoreRows Shape(std::int64_t first, std::int64_t rows) const {
    const auto groups = static_cast<std::uint64_t>(lanes::MaskGroups(call_.k.size(2)));
    const std::int64_t row = (sample_ * call_.heads() + head_) * call_.rows() + first;
    return {rows, keys_, stride_, static_cast<std::uint64_t>(row) * groups, groups};
  }

  /// Weights of the rows [first, first + rows), without and with dropout.
  void Weigh(std::int64_t first, std::int64_t rows, float* weights, float* dropped) const {
    Gemm({rows, keys_, call_.width()}, call_.scale(), Of(call_.q, first), Of(call_.k).Transposed(),
         0, weights, stride_);
    if (call_.by_offset.defined()) AddBias(first, rows, weights);
    SoftmaxRows(weights, dropped, Shape(first, rows), call_.mask);
  }

  /// Of [B, H, 2T - 1].
  float* OffsetsOf(const torch::Tensor& x) const {
    return x.data_ptr<float>() + (sample_ * call_.heads() + head_) * x.size(2);
  }

 private:
  void AddBias(std::int64_t first, std::int64_t rows, float* scores) const {
    const float* const biases = call_.by_offset.data_ptr<float>() + head_ * call_.by_offset.size(1);
    for (std::int64_t row = 0; row < rows; ++row) {
      // a window of the biases by offset, which row i begins at T - 1 - i
      const float* const window = biases + call_.rows() - 1 - (first + row);
      for (std::int64_t key = 0; key < keys_; ++key) scores[row * stride_ + key] += window[key];
    }
  }

  const Call& call_;
  std::int64_t sample_, head_, keys_, stride_, step_;
};

/// A tensor like x [B, H, T, D] of which the heads of a token lie side by side; zeros where not all
/// of it will be written.
torch::Tensor BesideHeads(const torch::Tensor& x, bool all_written) {
  const std::vector<std::int64_t> sizes = {x.size(0), x.size(2), x.size(1), x.size(3)};
  return (all_written ? torch::empty(sizes, x.options()) : torch::zeros(sizes, x.options()))
      .transpose(1, 2);
}

/// The most numbers that the scores of a block of rows take.
std::int64_t LargestBlock(const Call& call) {
  std::int64_t most = 0;
  for (std::int64_t sample = 0; sample < call.batch(); ++sample) {
    const Head head(call, sample, 0);
    most = std::max(most, head.step() * head.stride());
  }
  return most;
}

/// Calls work(head, room) for every head of every sample that has keys, shared out among the
/// threads. Each thread has a room, of `blocks` blocks; made before they begin, so that what is
/// held at once does not depend on who is when where.
template <typename Work>
void ForEachHead(const Call& call, std::int64_t blocks, const Work& work) {
  const std::int64_t all = call.batch() * call.heads();
  const std::int64_t threads = std::min<std::int64_t>(at::get_num_threads(), all);
  const torch::Tensor rooms = torch::empty({threads, blocks * LargestBlock(call)});
  at::parallel_for(0, all, 1, [&](std::int64_t begin, std::int64_t end) {
    float* const room = rooms.data_ptr<float>() + at::get_thread_num() * rooms.size(1);
    for (std::int64_t i = begin; i < end; ++i) {
      const Head head(call, i / call.heads(), i % call.heads());
      if (head.keys() > 0) work(head, room);
    }
  });
}

torch::Tensor Forward(const Call& call) {
  const torch::Tensor out = BesideHeads(call.q, call.has_all_keys());
  ForEachHead(call, 1, [&](const Head& head, float* p) {
    for (std::int64_t row = 0; row < call.rows(); row += head.step()) {
      const std::int64_t rows = std::min(head.step(), call.rows() - row);
      head.Weigh(row, rows, p, p);
      Gemm({rows, call.width(), head.keys()}, 1, {p, head.stride()}, head.Of(call.v), 0,
           head.To(out, row), out.stride(2));
    }
  });
  return out;
}

struct Gradients {
  torch::Tensor q, k, v;
  torch::Tensor by_offset;  ///< [B, H, 2T - 1], of each sample; undefined without biases
};

/// Adds what a block of rows contributes. p, d and g have room for its scores.
void AddRows(const Call& call, const Head& head, const torch::Tensor& grad_out, std::int64_t row,
             float* p, float* d, float* g, float* of_offset, const Gradients& gradients) {
  const std::int64_t rows = std::min(head.step(), call.rows() - row), keys = head.keys();
  const std::int64_t width = call.width(), stride = head.stride();
  const MatrixView out = head.Of(grad_out, row);
  const float sum = row == 0 ? 0 : 1;  // the first block of a head begins the sums over its rows
  head.Weigh(row, rows, p, d);
  Gemm({keys, width, rows}, 1, {d, stride, true}, out, sum, head.To(gradients.v),
       gradients.v.stride(2));
  Gemm({rows, keys, width}, 1, out, head.Of(call.v).Transposed(), 0, g, stride);
  SoftmaxGradientRows(g, p, d, head.Shape(row, rows));
  Gemm({rows, width, keys}, call.scale(), {g, stride}, head.Of(call.k), 0,
       head.To(gradients.q, row), gradients.q.stride(2));
  Gemm({keys, width, rows}, call.scale(), {g, stride, true}, head.Of(call.q, row), sum,
       head.To(gradients.k), gradients.k.stride(2));
  if (of_offset == nullptr) return;
  for (std::int64_t i = 0; i < rows; ++i) {
    float* const window = of_offset + call.rows() - 1 - row - i;
    for (std::int64_t key = 0; key < keys; ++key) window[key] += g[i * stride + key];
  }
}

Gradients Backward(const Call& call, const torch::Tensor& grad_out) {
  const bool all = call.has_all_keys();
  Gradients gradients{
      BesideHeads(call.q, all), BesideHeads(call.k, all), BesideHeads(call.v, all), {}};
  if (call.by_offset.defined()) {
    gradients.by_offset = torch::zeros({call.batch(), call.heads(), call.by_offset.size(1)});
  }
  const bool drops = call.mask.drops();
  ForEachHead(call, drops ? 3 : 2, [&](const Head& head, float* p) {
    float* const g = p + head.step() * head.stride();
    float* const d = drops ? g + head.step() * head.stride() : p;
    float* const of_offset =
        gradients.by_offset.defined() ? head.OffsetsOf(gradients.by_offset) : nullptr;
    for (std::int64_t row = 0; row < call.rows(); row += head.step()) {
      AddRows(call, head, grad_out, row, p, d, g, of_offset, gradients);
    }
  });
  if (call.by_offset.defined()) gradients.by_offset = gradients.by_offset.sum(0);
  return gradients;
}

class FusedFunction : public torch::autograd::Function<FusedFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& q,
                               const torch::Tensor& k, const torch::Tensor& v,
                               const c10::optional<torch::Tensor>& by_offset,
                               const std::vector<std::int64_t>& keys, double dropout,
                               std::int64_t mask_seed) {
    RECORD_USER_SCOPE("FusedAttention");
    const Call call{q,    k,
                    v,    by_offset.value_or(torch::Tensor()),
                    keys, Mask(dropout, static_cast<std::uint64_t>(mask_seed))};
    context->save_for_backward({q, k, v, call.by_offset});
    context->saved_data["keys"] = keys;
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
                    context->saved_data["keys"].toIntVector(),
                    Mask(context->saved_data["dropout"].toDouble(),
                         static_cast<std::uint64_t>(context->saved_data["mask_seed"].toInt()))};
    const torch::Tensor grad_out = outputs[0].stride(3) == 1 ? outputs[0] : outputs[0].contiguous();
    const Gradients gradients = Backward(call, grad_out);
    return {gradients.q, gradients.k, gradients.v, gradients.by_offset, {}, {}, {}};
  }
};

torch::Tensor WithDenseRows(const torch::Tensor& x) {
  return x.stride(3) == 1 ? x : x.contiguous();
}

}  // namespace

std::optional<std::vector<std::int64_t>> RealLengths(const torch::Tensor& pad_mask) {
  std::vector<std::int64_t> lengths;
  if (!pad_mask.defined()) return lengths;
  const torch::Tensor mask = pad_mask.contiguous();
  const bool* const padding = mask.data_ptr<bool>();
  const std::int64_t tokens = mask.size(1);
  for (std::int64_t sample = 0; sample < mask.size(0); ++sample) {
    const bool* const row = padding + sample * tokens;
    const bool* const end = std::find(row, row + tokens, true);
    if (std::find(end, row + tokens, false) != row + tokens) return std::nullopt;
    lengths.push_back(end - row);
  }
  return lengths;
}

torch::Tensor FusedAttention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                             const std::vector<std::int64_t>& keys, double dropout,
                             std::uint64_t mask_seed, const torch::Tensor& by_offset) {
  const torch::Tensor bias = by_offset.defined() ? by_offset.contiguous() : by_offset;
  return FusedFunction::apply(WithDenseRows(q), WithDenseRows(k), WithDenseRows(v), IfDefined(bias),
                              keys, dropout, static_cast<std::int64_t>(mask_seed));
}

std::int64_t FusedBlockNumbers(std::int64_t rows, std::int64_t keys) {
  return RowsAtOnce(rows, keys) * UpToLanes(keys);
}

}  // namespace sweepformer::model
