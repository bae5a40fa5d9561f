#include "model/kernels/feed_forward.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <optional>
#include <type_traits>
#include <vector>

#include "model/kernels/dropout.h"
#include "model/kernels/if_defined.h"
#include "model/kernels/multiply.h"
#include "model/kernels/norm_rows.h"
#include "model/kernels/parallel.h"
#include "model/kernels/rows.h"

namespace sweepformer::model {
namespace {

using c10::BFloat16;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

const float* NumbersOf(const torch::Tensor& x) { return x.data_ptr<float>(); }

/// Rows whose inner numbers stay in the cache of the core that computes them, for each thread.
std::int64_t BlockRows(std::int64_t inner) {
  const std::int64_t steps = kFeedForwardInnerNumbers / std::max<std::int64_t>(inner, 1) / kRowStep;
  return std::max<std::int64_t>(steps, 1) * kRowStep * at::get_num_threads();
}

/// Calls work(first row, rows) for one block after the other.
template <typename Work>
void ForEachBlock(std::int64_t rows, std::int64_t block, const Work& work) {
  for (std::int64_t first = 0; first < rows; first += block) {
    work(first, std::min(block, rows - first));
  }
}

/// A matrix that is kept, or of which one block is there at a time.
class RowBlocks {
 public:
  RowBlocks(bool keep, std::int64_t rows, std::int64_t block, std::int64_t width,
            torch::ScalarType type)
      : keeps_(keep), numbers_(torch::empty({keep ? rows : std::min(rows, block), width}, type)) {}

  const torch::Tensor& numbers() const { return numbers_; }
  torch::Tensor Block(std::int64_t first, std::int64_t count) const {
    return numbers_.narrow(0, keeps_ ? first : 0, count);
  }

 private:
  bool keeps_;
  torch::Tensor numbers_;
};

/// Rows of a block, and which part of the mask is theirs.
Rows BlockOf(std::int64_t first, const torch::Tensor& block, const Mask& mask = {0, 0}) {
  return {0, block.size(0), block.size(1), mask, first};
}

/// sum += aᵀ b of two blocks of rows.
template <typename Number>
void AddProductOfRows(const torch::Tensor& a, const torch::Tensor& b, torch::Tensor& sum) {
  if constexpr (std::is_same_v<Number, float>) {
    if (BlasSumsWeightGradients()) {
      sum.addmm_(a.t(), b);
      return;
    }
  }
  Multiply({sum.size(0), sum.size(1), a.size(0)}, ViewOf<Number>(a).Transposed(), ViewOf<Number>(b),
           true, sum.data_ptr<float>(), sum.size(1));
}

struct Masks {
  Mask inner, outer;
};

/// Its weights are undefined if there is none.
struct NormWeights {
  torch::Tensor weight, bias;
  double epsilon = 0;

  bool defined() const { return weight.defined(); }
  NormParameters parameters() const {
    return {NumbersOf(weight), NumbersOf(bias), static_cast<float>(epsilon)};
  }
};

/// What the first product takes, block by block: x, or the norm of it, of type Number.
template <typename Number>
class Operands {
 public:
  Operands(const torch::Tensor& x, const NormWeights& norm, std::int64_t block)
      : x_(x),
        norm_(norm),
        as_it_is_(!norm.defined() && std::is_same_v<Number, float>),
        numbers_(false, as_it_is_ ? 0 : x.size(0), block, x.size(1),
                 c10::CppTypeToScalarType<Number>::value),
        moments_(static_cast<std::size_t>(norm.defined() ? std::min(x.size(0), block) : 0)) {}

  torch::Tensor Of(std::int64_t first, std::int64_t count) {
    const torch::Tensor in = x_.narrow(0, first, count);
    if (as_it_is_) return in;
    torch::Tensor numbers = numbers_.Block(first, count);
    if (!norm_.defined()) return numbers.copy_(in);
    ShareOut(BlockOf(first, in), [&](const Rows& part, std::int64_t) {
      NormalizeRows(numbers.data_ptr<Number>(), moments_.data(), NumbersOf(in), norm_.parameters(),
                    part);
    });
    return numbers;
  }

  /// Of the rows of the last block.
  const Moments* moments() const { return moments_.data(); }

 private:
  torch::Tensor x_;
  NormWeights norm_;
  bool as_it_is_;
  RowBlocks numbers_;
  std::vector<Moments> moments_;
};

/// A weight [out, in] as what multiplies rows from the right. As a matrix of its own, copied once,
/// it is multiplied faster than as a transpose, which pays for many rows.
template <typename Number>
class RightOperand {
 public:
  RightOperand(const torch::Tensor& weight, std::int64_t rows)
      : copied_(rows >= kLeastRows), numbers_(copied_ ? weight.t().contiguous() : weight) {}

  View<Number> view() const {
    const auto stored = ViewOf<Number>(numbers_);
    return copied_ ? stored : stored.Transposed();
  }

 private:
  static constexpr std::int64_t kLeastRows = 1024;
  bool copied_;
  torch::Tensor numbers_;
};

/// What the backward pass takes of the forward pass; all but x of the operands' type.
struct Kept {
  torch::Tensor x;           ///< [N, C]
  torch::Tensor inner;       ///< [F, C], the weight
  torch::Tensor outer;       ///< [C, F], likewise
  torch::Tensor hidden;      ///< [N, F], what the second product takes; undefined if not needed
  torch::Tensor derivative;  ///< [N, F], of it by what the first product gives
};

/// Into y [N, C] the result, and into `to_keep` what the backward pass takes, if there will be one.
template <typename Number>
void Forward(const torch::Tensor& x, const NormWeights& norm, const FeedForwardWeights& weights,
             const Masks& masks, const torch::Tensor& y, Kept* to_keep) {
  const auto type = c10::CppTypeToScalarType<Number>::value;
  const std::int64_t rows = x.size(0), width = x.size(1), inner = weights.inner.size(0),
                     block = BlockRows(inner);
  const bool keeps = to_keep != nullptr, keeps_hidden = keeps && weights.outer.requires_grad(),
             alone = !keeps && !masks.inner.drops();
  Operands<Number> operands(x, norm, block);
  const RowBlocks product(keeps, rows, block, inner, type),
      hidden(keeps_hidden, alone ? 0 : rows, block, inner, type);
  const torch::Tensor w1 = weights.inner.to(type), w2 = weights.outer.to(type);
  const RightOperand<Number> right1(w1, rows), right2(w2, rows);
  ForEachBlock(rows, block, [&](std::int64_t first, std::int64_t count) {
    const torch::Tensor in = operands.Of(first, count), z = product.Block(first, count),
                        gelu = alone ? z : hidden.Block(first, count),
                        term = x.narrow(0, first, count), out = y.narrow(0, first, count);
    Multiply({count, inner, width}, ViewOf<Number>(in), right1.view(), false, z.data_ptr<Number>(),
             inner);
    ShareOut(BlockOf(first, z, masks.inner), [&](const Rows& part, std::int64_t) {
      Number* const numbers = z.data_ptr<Number>();
      const float* const bias = NumbersOf(weights.inner_bias);
      alone ? GeluRowsAlone(numbers, bias, part)
            : GeluRows(gelu.data_ptr<Number>(), numbers, bias, part);
    });
    Multiply({count, width, inner}, ViewOf<Number>(gelu), right2.view(), false,
             out.data_ptr<float>(), width);
    ShareOut(BlockOf(first, out, masks.outer), [&](const Rows& part, std::int64_t) {
      AddRows(out.data_ptr<float>(), NumbersOf(term), NumbersOf(out), NumbersOf(weights.outer_bias),
              part);
    });
  });
  if (!keeps) return;
  *to_keep = {x, w1, w2, keeps_hidden ? hidden.numbers() : torch::Tensor(), product.numbers()};
}

/// Which gradients are asked for.
struct NeedsGradient {
  bool x, norm, inner, inner_bias, outer;

  bool before_product() const { return x || norm; }
  bool before_gelu() const { return before_product() || inner || inner_bias; }
};

struct Gradients {
  torch::Tensor x, norm_weight, norm_bias, inner, inner_bias, outer, outer_bias;
};

/// The gradients of x and of the norm before the first product, block by block.
template <typename Number>
class InputGradient {
 public:
  InputGradient(const Kept& kept, const NormWeights& norm, std::int64_t block)
      : kept_(kept),
        norm_(norm),
        gradient_(torch::empty(kept.x.sizes())),
        of_norm_(false, norm.defined() ? kept.x.size(0) : 0, block, kept.x.size(1), torch::kFloat),
        weight_sums_(kept.x.size(1)),
        bias_sums_(kept.x.size(1)) {}

  /// `inner` is that of what the first product gives, `outer` that of the result, which is x's as
  /// the residual term.
  void Take(std::int64_t first, const torch::Tensor& inner, const torch::Tensor& outer,
            const Moments* moments) {
    const std::int64_t count = outer.size(0), width = outer.size(1);
    const torch::Tensor of_x = gradient_.narrow(0, first, count);
    const GemmShape shape{count, width, inner.size(1)};
    const View<Number> weight = ViewOf<Number>(kept_.inner);
    if (!norm_.defined()) {
      of_x.copy_(outer);
      Multiply(shape, ViewOf<Number>(inner), weight, true, of_x.data_ptr<float>(), width);
      return;
    }
    const torch::Tensor of_norm = of_norm_.Block(first, count), x = kept_.x.narrow(0, first, count);
    Multiply(shape, ViewOf<Number>(inner), weight, false, of_norm.data_ptr<float>(), width);
    ShareOut(BlockOf(first, of_norm), [&](const Rows& part, std::int64_t task) {
      NormGradientRows(of_x.data_ptr<float>(), weight_sums_.Of(task), bias_sums_.Of(task),
                       NumbersOf(of_norm), NumbersOf(outer), NumbersOf(x), moments,
                       norm_.parameters(), part);
    });
  }

  void Give(Gradients& of) const {
    of.x = gradient_;
    if (!norm_.defined()) return;
    of.norm_weight = weight_sums_.Total();
    of.norm_bias = bias_sums_.Total();
  }

 private:
  const Kept& kept_;
  const NormWeights& norm_;
  torch::Tensor gradient_;
  RowBlocks of_norm_;
  ColumnSums weight_sums_, bias_sums_;
};

template <typename Number>
Gradients Backward(const torch::Tensor& gradient, const Kept& kept, const NormWeights& norm,
                   const Masks& masks, const NeedsGradient& needs) {
  const auto type = c10::CppTypeToScalarType<Number>::value;
  const std::int64_t rows = gradient.size(0), width = gradient.size(1), inner = kept.inner.size(0),
                     block = BlockRows(inner);
  Operands<Number> operands(kept.x, norm, block);
  const RowBlocks outer_gradient(false, rows, block, width, type),
      inner_gradient(false, rows, block, inner, type);
  Gradients of;
  if (needs.inner) of.inner = torch::zeros({inner, width});
  if (needs.outer) of.outer = torch::zeros({width, inner});
  ColumnSums outer_sums(width), inner_sums(inner);
  std::optional<InputGradient<Number>> input;
  if (needs.before_product()) input.emplace(kept, norm, block);
  ForEachBlock(rows, block, [&](std::int64_t first, std::int64_t count) {
    const torch::Tensor from = gradient.narrow(0, first, count),
                        masked = outer_gradient.Block(first, count),
                        d = inner_gradient.Block(first, count),
                        derivative = kept.derivative.narrow(0, first, count);
    ShareOut(BlockOf(first, from, masks.outer), [&](const Rows& part, std::int64_t task) {
      MaskRows(masked.data_ptr<Number>(), NumbersOf(from), outer_sums.Of(task), part);
    });
    if (needs.outer) {
      AddProductOfRows<Number>(masked, kept.hidden.narrow(0, first, count), of.outer);
    }
    if (!needs.before_gelu()) return;
    Multiply({count, inner, width}, ViewOf<Number>(masked), ViewOf<Number>(kept.outer), false,
             d.data_ptr<Number>(), inner);
    ShareOut(BlockOf(first, d), [&](const Rows& part, std::int64_t task) {
      MultiplyRows(d.data_ptr<Number>(), d.data_ptr<Number>(), derivative.data_ptr<Number>(),
                   inner_sums.Of(task), part);
    });
    torch::Tensor in;
    if (needs.inner || (input && norm.defined())) in = operands.Of(first, count);
    if (needs.inner) AddProductOfRows<Number>(d, in, of.inner);
    if (input) input->Take(first, d, from, operands.moments());
  });
  of.inner_bias = inner_sums.Total();
  of.outer_bias = outer_sums.Total();
  if (input) input->Give(of);
  return of;
}

struct Seeds {
  std::uint64_t inner, outer;
};

Masks MasksOf(double dropout, const Seeds& seeds) {
  return {{dropout, seeds.inner}, {dropout, seeds.outer}};
}

torch::Tensor ForwardOf(torch::ScalarType type, const torch::Tensor& x, const NormWeights& norm,
                        const FeedForwardWeights& weights, const Masks& masks, Kept* to_keep) {
  RECORD_USER_SCOPE("FeedForward");
  torch::Tensor y = torch::empty_like(x);
  const auto forward = type == torch::kFloat ? Forward<float> : Forward<BFloat16>;
  forward(x.flatten(0, -2), norm, weights, masks, y.flatten(0, -2), to_keep);
  return y;
}

class FeedForwardFunction : public torch::autograd::Function<FeedForwardFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                               const c10::optional<torch::Tensor>& norm_weight,
                               const c10::optional<torch::Tensor>& norm_bias, double epsilon,
                               const torch::Tensor& inner, const torch::Tensor& inner_bias,
                               const torch::Tensor& outer, const torch::Tensor& outer_bias,
                               double dropout, const Seeds& seeds, torch::ScalarType type) {
    Kept kept;
    const NormWeights norm{norm_weight.value_or(torch::Tensor()),
                           norm_bias.value_or(torch::Tensor()), epsilon};
    const torch::Tensor y = ForwardOf(type, x, norm, {inner, inner_bias, outer, outer_bias},
                                      MasksOf(dropout, seeds), &kept);
    context->save_for_backward(
        {kept.x, kept.inner, kept.outer, kept.hidden, kept.derivative, norm.weight, norm.bias});
    const bool norm_learns =
        norm.defined() && (norm.weight.requires_grad() || norm.bias.requires_grad());
    context->saved_data["needs"] =
        std::vector<std::int64_t>{x.requires_grad(), norm_learns, inner.requires_grad(),
                                  inner_bias.requires_grad(), outer.requires_grad()};
    context->saved_data["epsilon"] = epsilon;
    context->saved_data["dropout"] = dropout;
    context->saved_data["seeds"] = std::vector<std::int64_t>{
        static_cast<std::int64_t>(seeds.inner), static_cast<std::int64_t>(seeds.outer)};
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    TORCH_CHECK(!torch::GradMode::is_enabled(), "FeedForward is differentiable once");
    const auto saved = context->get_saved_variables();
    const Kept kept{saved[0].flatten(0, -2), saved[1], saved[2], saved[3], saved[4]};
    const NormWeights norm{saved[5], saved[6], context->saved_data["epsilon"].toDouble()};
    const auto needs = context->saved_data["needs"].toIntVector();
    const auto seeds = context->saved_data["seeds"].toIntVector();
    const Masks masks =
        MasksOf(context->saved_data["dropout"].toDouble(),
                {static_cast<std::uint64_t>(seeds[0]), static_cast<std::uint64_t>(seeds[1])});
    const torch::Tensor gradient = outputs[0].contiguous();
    const auto backward =
        kept.derivative.scalar_type() == torch::kFloat ? Backward<float> : Backward<BFloat16>;
    Gradients of =
        backward(gradient.flatten(0, -2), kept, norm, masks,
                 {needs[0] != 0, needs[1] != 0, needs[2] != 0, needs[3] != 0, needs[4] != 0});
    if (of.x.defined()) of.x = of.x.view(gradient.sizes());
    return {of.x,     of.norm_weight, of.norm_bias, {}, of.inner, of.inner_bias,
            of.outer, of.outer_bias,  {},           {}, {}};
  }
};

/// Raw memory is read as these sizes say.
void CheckSizes(const torch::Tensor& x, const NormWeights& norm, const FeedForwardWeights& of) {
  const std::int64_t width = x.size(-1), inner = of.inner.size(0);
  TORCH_CHECK(HasKernels(x) && of.inner.size(1) == width && of.outer.size(0) == width &&
                  of.outer.size(1) == inner && of.inner_bias.numel() == inner &&
                  of.outer_bias.numel() == width && (!norm.defined() || norm.bias.defined()) &&
                  (!norm.defined() || norm.weight.numel() == width),
              "a feed-forward sublayer of other sizes than x ", x.sizes());
}

}  // namespace

torch::Tensor FeedForward(const torch::Tensor& x, const torch::nn::LayerNorm& norm,
                          const FeedForwardWeights& weights, double dropout,
                          torch::ScalarType type) {
  const Seeds seeds{NewMaskSeed(dropout), NewMaskSeed(dropout)};
  const torch::Tensor in = x.contiguous();
  const FeedForwardWeights dense{weights.inner.contiguous(), weights.inner_bias.contiguous(),
                                 weights.outer.contiguous(), weights.outer_bias.contiguous()};
  NormWeights of;
  if (!norm.is_empty()) {
    of = {norm->weight, norm->bias, norm->options.eps()};
    TORCH_CHECK(of.defined(), "a norm without weights");
  }
  CheckSizes(in, of, dense);
  if (!torch::GradMode::is_enabled()) {
    return ForwardOf(type, in, of, dense, MasksOf(dropout, seeds), nullptr);
  }
  return FeedForwardFunction::apply(in, IfDefined(of.weight), IfDefined(of.bias), of.epsilon,
                                    dense.inner, dense.inner_bias, dense.outer, dense.outer_bias,
                                    dropout, seeds, type);
}

std::int64_t FeedForwardBlockNumbers(std::int64_t rows, std::int64_t width, std::int64_t inner) {
  return std::min(rows, BlockRows(inner)) * (inner + 3 * width);
}

}  // namespace sweepformer::model
