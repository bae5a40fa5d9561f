#include "model/kernels/feed_forward.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <type_traits>
#include <vector>

#include "model/kernels/dropout.h"
#include "model/kernels/gemm.h"
#include "model/kernels/if_defined.h"
#include "model/kernels/norm_rows.h"
#include "model/kernels/rows.h"

namespace sweepformer::model {
namespace {

using c10::BFloat16;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

const float* NumbersOf(const torch::Tensor& x) { return x.data_ptr<float>(); }

/// Rows whose inner numbers stay in the cache of the core that computes them, for each thread.
std::int64_t BlockRows(std::int64_t inner) {
  constexpr std::int64_t kNumbers = 1 << 19, kStep = 256;  // of rows, as Gemm has it (gemm.h)
  const std::int64_t steps = kNumbers / std::max<std::int64_t>(inner, 1) / kStep;
  return std::max<std::int64_t>(steps, 1) * kStep * at::get_num_threads();
}

/// Calls work(first row, rows) for one block after the other.
template <typename Work>
void ForEachBlock(std::int64_t rows, std::int64_t block, const Work& work) {
  for (std::int64_t first = 0; first < rows; first += block) {
    work(first, std::min(block, rows - first));
  }
}

/// A matrix that is kept, or of which one block is there at a time.
class Slab {
 public:
  Slab(bool keep, std::int64_t rows, std::int64_t block, std::int64_t width, torch::ScalarType type)
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
Rows BlockOf(std::int64_t first, const torch::Tensor& block, const Mask& mask) {
  return {0, block.size(0), block.size(1), mask, first};
}

template <typename Number>
View<Number> ViewOf(const torch::Tensor& matrix) {
  return {matrix.data_ptr<Number>(), matrix.size(1)};
}

/// c = a b, or c + a b; c lies densely.
void Multiply(const GemmShape& shape, const MatrixView& a, const MatrixView& b, bool add,
              float* c) {
  Gemm(shape, 1, a, b, add ? 1 : 0, c, shape.columns);
}
template <typename Number>
void Multiply(const GemmShape& shape, const HalfView& a, const HalfView& b, bool add, Number* c) {
  Gemm(shape, a, b, {.result = add}, c, shape.columns);
}

/// sum += aᵀ b of two blocks of rows; of float32 on one thread by LibTorch (linear_product.h).
template <typename Number>
void AddProductOfRows(const torch::Tensor& a, const torch::Tensor& b, torch::Tensor& sum) {
  if constexpr (std::is_same_v<Number, float>) {
    if (at::get_num_threads() == 1) {
      sum.addmm_(a.t(), b);
      return;
    }
  }
  Multiply({sum.size(0), sum.size(1), a.size(0)}, ViewOf<Number>(a).Transposed(), ViewOf<Number>(b),
           true, sum.data_ptr<float>());
}

struct Masks {
  Mask inner, outer;
};

/// Its weights are undefined if there is none.
struct NormWeights {
  torch::Tensor weight, bias;
  double epsilon = 0;

  NormRows Of(const torch::Tensor& x, const Rows& part) const {
    return {part.first,
            part.last,
            part.width,
            NumbersOf(x),
            NumbersOf(weight),
            NumbersOf(bias),
            static_cast<float>(epsilon)};
  }
};

/// What the first product takes, block by block: x, or the norm of it, of type Number.
template <typename Number>
class Operands {
 public:
  Operands(const torch::Tensor& x, const NormWeights& norm, std::int64_t block)
      : x_(x),
        norm_(norm),
        as_it_is_(!norm.weight.defined() && std::is_same_v<Number, float>),
        numbers_(false, as_it_is_ ? 0 : x.size(0), block, x.size(1),
                 c10::CppTypeToScalarType<Number>::value),
        moments_(false, norm.weight.defined() ? x.size(0) : 0, block, 2, torch::kFloat) {}

  torch::Tensor Of(std::int64_t first, std::int64_t count) const {
    const torch::Tensor in = x_.narrow(0, first, count);
    if (as_it_is_) return in;
    torch::Tensor numbers = numbers_.Block(first, count);
    if (!norm_.weight.defined()) return numbers.copy_(in);
    ShareOut(BlockOf(first, in, Mask(0, 0)), [&](const Rows& part, std::int64_t) {
      NormalizeRows(numbers.data_ptr<Number>(), moments(), norm_.Of(in, part));
    });
    return numbers;
  }

  /// Of the rows of the last block.
  Moments* moments() const {
    static_assert(sizeof(Moments) == 2 * sizeof(float));
    return reinterpret_cast<Moments*>(moments_.numbers().data_ptr<float>());
  }

 private:
  torch::Tensor x_;
  NormWeights norm_;
  bool as_it_is_;
  Slab numbers_, moments_;
};

/// What the backward pass takes of the forward pass; all but x of the operands' type.
struct Kept {
  torch::Tensor x;           ///< [N, C]
  torch::Tensor inner;       ///< [F, C], the weight
  torch::Tensor outer;       ///< [C, F], likewise
  torch::Tensor hidden;      ///< [N, F], what the second product takes
  torch::Tensor derivative;  ///< [N, F], of it by what the first product gives
};

/// The result, and into `to_keep` what the backward pass takes, if there will be one.
template <typename Number>
torch::Tensor Forward(const torch::Tensor& x, const NormWeights& norm,
                      const FeedForwardWeights& weights, const Masks& masks, Kept* to_keep) {
  const auto type = c10::CppTypeToScalarType<Number>::value;
  const std::int64_t rows = x.size(0), width = x.size(1), inner = weights.inner.size(0),
                     block = BlockRows(inner);
  const bool keeps = to_keep != nullptr, alone = !keeps && !masks.inner.drops();
  const Operands<Number> operands(x, norm, block);
  const Slab product(keeps, rows, block, inner, type),
      hidden(keeps, alone ? 0 : rows, block, inner, type);
  const torch::Tensor w1 = weights.inner.to(type), w2 = weights.outer.to(type);
  // As they lie here they are multiplied faster than as transposes.
  const torch::Tensor right1 = w1.t().contiguous(), right2 = w2.t().contiguous();
  torch::Tensor y = torch::empty({rows, width});
  ForEachBlock(rows, block, [&](std::int64_t first, std::int64_t count) {
    const torch::Tensor in = operands.Of(first, count), z = product.Block(first, count),
                        gelu = alone ? z : hidden.Block(first, count),
                        term = x.narrow(0, first, count), out = y.narrow(0, first, count);
    Multiply({count, inner, width}, ViewOf<Number>(in), ViewOf<Number>(right1), false,
             z.data_ptr<Number>());
    ShareOut(BlockOf(first, z, masks.inner), [&](const Rows& part, std::int64_t) {
      Number* const numbers = z.data_ptr<Number>();
      const float* const bias = NumbersOf(weights.inner_bias);
      alone ? GeluRowsAlone(numbers, numbers, bias, part)
            : GeluRows(gelu.data_ptr<Number>(), numbers, bias, part);
    });
    Multiply({count, width, inner}, ViewOf<Number>(gelu), ViewOf<Number>(right2), false,
             out.data_ptr<float>());
    ShareOut(BlockOf(first, out, masks.outer), [&](const Rows& part, std::int64_t) {
      AddRows(out.data_ptr<float>(), NumbersOf(term), NumbersOf(out), NumbersOf(weights.outer_bias),
              part);
    });
  });
  if (keeps) *to_keep = {x, w1, w2, hidden.numbers(), product.numbers()};
  return y;
}

/// Which gradients are asked for.
struct Learns {
  bool x, norm, inner, inner_bias, outer;

  bool before_product() const { return x || norm; }
  bool before_gelu() const { return before_product() || inner || inner_bias; }
};

struct Gradients {
  torch::Tensor x, norm_weight, norm_bias, inner, inner_bias, outer, outer_bias;
};

template <typename Number>
Gradients Backward(const torch::Tensor& gradient, const Kept& kept, const NormWeights& norm,
                   const Masks& masks, const Learns& learns) {
  const auto type = c10::CppTypeToScalarType<Number>::value;
  const std::int64_t rows = gradient.size(0), width = gradient.size(1), inner = kept.inner.size(0),
                     block = BlockRows(inner);
  const bool has_norm = norm.weight.defined();
  const Operands<Number> operands(kept.x, norm, block);
  const Slab outer_gradient(false, rows, block, width, type),
      inner_gradient(false, rows, block, inner, type),
      norm_gradient(false, has_norm ? rows : 0, block, width, torch::kFloat);
  Gradients of;
  if (learns.before_product()) of.x = torch::empty({rows, width});
  if (learns.inner) of.inner = torch::zeros({inner, width});
  if (learns.outer) of.outer = torch::zeros({width, inner});
  ColumnSums outer_sums(width), inner_sums(inner), norm_weight_sums(width), norm_bias_sums(width);
  ForEachBlock(rows, block, [&](std::int64_t first, std::int64_t count) {
    const torch::Tensor from = gradient.narrow(0, first, count),
                        masked = outer_gradient.Block(first, count),
                        d = inner_gradient.Block(first, count),
                        derivative = kept.derivative.narrow(0, first, count);
    ShareOut(BlockOf(first, from, masks.outer), [&](const Rows& part, std::int64_t task) {
      MaskRows(masked.data_ptr<Number>(), NumbersOf(from), outer_sums.Of(task), part);
    });
    if (learns.outer) {
      AddProductOfRows<Number>(masked, kept.hidden.narrow(0, first, count), of.outer);
    }
    if (!learns.before_gelu()) return;
    Multiply({count, inner, width}, ViewOf<Number>(masked), ViewOf<Number>(kept.outer), false,
             d.data_ptr<Number>());
    ShareOut(BlockOf(first, d, Mask(0, 0)), [&](const Rows& part, std::int64_t task) {
      MultiplyRows(d.data_ptr<Number>(), d.data_ptr<Number>(), derivative.data_ptr<Number>(),
                   inner_sums.Of(task), part);
    });
    if (learns.inner || has_norm) {
      const torch::Tensor in = operands.Of(first, count);
      if (learns.inner) AddProductOfRows<Number>(d, in, of.inner);
    }
    if (!learns.before_product()) return;
    const torch::Tensor of_x = of.x.narrow(0, first, count),
                        to = has_norm ? norm_gradient.Block(first, count) : of_x;
    if (!has_norm) of_x.copy_(from);
    Multiply({count, width, inner}, ViewOf<Number>(d), ViewOf<Number>(kept.inner), !has_norm,
             to.data_ptr<float>());
    if (!has_norm) return;
    ShareOut(BlockOf(first, to, Mask(0, 0)), [&](const Rows& part, std::int64_t task) {
      NormGradientRows(of_x.data_ptr<float>(), norm_weight_sums.Of(task), norm_bias_sums.Of(task),
                       NumbersOf(to), operands.moments(), NumbersOf(from),
                       norm.Of(kept.x.narrow(0, first, count), part));
    });
  });
  of.inner_bias = inner_sums.Total();
  of.outer_bias = outer_sums.Total();
  if (has_norm) {
    of.norm_weight = norm_weight_sums.Total();
    of.norm_bias = norm_bias_sums.Total();
  }
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
  const auto forward = type == torch::kFloat ? Forward<float> : Forward<BFloat16>;
  return forward(x.flatten(0, -2), norm, weights, masks, to_keep).view(x.sizes());
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
        norm.weight.defined() && (norm.weight.requires_grad() || norm.bias.requires_grad());
    context->saved_data["learn"] =
        std::vector<std::int64_t>{x.requires_grad(), norm_learns, inner.requires_grad(),
                                  inner_bias.requires_grad(), outer.requires_grad()};
    context->saved_data["epsilon"] = epsilon;
    context->saved_data["dropout"] = dropout;
    context->saved_data["seeds"] = std::vector<std::int64_t>{
        static_cast<std::int64_t>(seeds.inner), static_cast<std::int64_t>(seeds.outer)};
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const auto saved = context->get_saved_variables();
    const Kept kept{saved[0], saved[1], saved[2], saved[3], saved[4]};
    const NormWeights norm{saved[5], saved[6], context->saved_data["epsilon"].toDouble()};
    const auto learn = context->saved_data["learn"].toIntVector();
    const Learns learns{learn[0] != 0, learn[1] != 0, learn[2] != 0, learn[3] != 0, learn[4] != 0};
    const auto seeds = context->saved_data["seeds"].toIntVector();
    const Masks masks =
        MasksOf(context->saved_data["dropout"].toDouble(),
                {static_cast<std::uint64_t>(seeds[0]), static_cast<std::uint64_t>(seeds[1])});
    const torch::Tensor gradient = outputs[0].contiguous();
    const auto backward =
        kept.hidden.scalar_type() == torch::kFloat ? Backward<float> : Backward<BFloat16>;
    Gradients of = backward(gradient.flatten(0, -2), kept, norm, masks, learns);
    if (of.x.defined()) of.x = of.x.view(gradient.sizes());
    return {of.x,     of.norm_weight, of.norm_bias, {}, of.inner, of.inner_bias,
            of.outer, of.outer_bias,  {},           {}, {}};
  }
};

}  // namespace

torch::Tensor FeedForward(const torch::Tensor& x, const torch::nn::LayerNorm& norm,
                          const FeedForwardWeights& weights, double dropout,
                          torch::ScalarType type) {
  Seeds seeds{NewMaskSeed(dropout), NewMaskSeed(dropout)};
  const torch::Tensor in = x.contiguous();
  const FeedForwardWeights dense{weights.inner.contiguous(), weights.inner_bias.contiguous(),
                                 weights.outer.contiguous(), weights.outer_bias.contiguous()};
  const NormWeights of =
      norm ? NormWeights{norm->weight, norm->bias, norm->options.eps()} : NormWeights{};
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
