#include "model/kernels/half_product.h"

#include <ATen/ExpandUtils.h>
#include <ATen/record_function.h>
#include <c10/util/accumulate.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>
#include <vector>

#include "model/kernels/gemm.h"
#include "model/kernels/if_defined.h"
#include "model/kernels/parallel.h"
#include "model/kernels/rows.h"

namespace sweepformer::model {
namespace {

using c10::BFloat16;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

torch::Tensor Rounded(const torch::Tensor& x) {
  return x.to(x.options().dtype(torch::kBFloat16), /*non_blocking=*/false, /*copy=*/false,
              torch::MemoryFormat::Contiguous);
}

torch::Tensor RowsOf(const torch::Tensor& x) { return x.flatten(0, -2); }

/// A matrix that lies densely.
HalfView ViewOf(const torch::Tensor& x) { return {x.data_ptr<BFloat16>(), x.size(-1)}; }

void KeepWhatLearns(AutogradContext* context, const torch::Tensor& a, const torch::Tensor& b) {
  context->saved_data["learn"] =
      std::vector<std::int64_t>{std::int64_t{a.requires_grad()}, std::int64_t{b.requires_grad()}};
}

bool Learns(AutogradContext* context, std::size_t operand) {
  return context->saved_data["learn"].toIntVector()[operand] != 0;
}

// --- linear layers ----------------------------------------------------------------------------

/// x b + bias of x [..., m] and what stands for [m, n].
torch::Tensor MultiplyRows(const torch::Tensor& x, const HalfView& b, std::int64_t columns,
                           const torch::Tensor& bias) {
  std::vector<std::int64_t> sizes = x.sizes().vec();
  sizes.back() = columns;
  torch::Tensor y = torch::empty(sizes);
  const torch::Tensor rows = RowsOf(x);
  Gemm({rows.size(0), columns, rows.size(1)}, ViewOf(x), b,
       {.by_column = bias.defined() ? bias.data_ptr<float>() : nullptr}, y.data_ptr<float>(),
       columns);
  return y;
}

/// x [..., m] rounded, and into `sums` [m] the sums of its columns as they were before.
torch::Tensor RoundedAndSummed(const torch::Tensor& x, torch::Tensor& sums) {
  const torch::Tensor in = x.contiguous();
  torch::Tensor out = torch::empty(in.sizes(), torch::kBFloat16);
  ColumnSums of(in.size(-1));
  ShareOut(AllRows(in), [&](const Rows& rows, std::int64_t task) {
    MaskRows(out.data_ptr<BFloat16>(), in.data_ptr<float>(), of.Of(task), rows);
  });
  sums = of.Total();
  return out;
}

/// gᵀ x of g [N, out] and x [N, in].
torch::Tensor SumOfProducts(const torch::Tensor& gradient, const torch::Tensor& x) {
  const std::int64_t out = gradient.size(1), in = x.size(1), rows = x.size(0);
  if (rows == 0) return torch::zeros({out, in});
  torch::Tensor sum = torch::empty({out, in});
  Gemm({out, in, rows}, ViewOf(gradient).Transposed(), ViewOf(x), {}, sum.data_ptr<float>(), in);
  return sum;
}

class LinearFunction : public torch::autograd::Function<LinearFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight,
                               const c10::optional<torch::Tensor>& bias) {
    RECORD_USER_SCOPE("HalfLinear");
    const torch::Tensor in = Rounded(x), w = Rounded(weight);
    context->save_for_backward({in, w});
    KeepWhatLearns(context, x, weight);
    context->saved_data["bias"] = bias && bias->requires_grad();
    return MultiplyRows(in, ViewOf(w).Transposed(), w.size(0),
                        bias ? bias->contiguous() : torch::Tensor());
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], &w = saved[1];
    variable_list gradients(3);
    const torch::Tensor gradient = context->saved_data["bias"].toBool()
                                       ? RoundedAndSummed(outputs[0], gradients[2])
                                       : Rounded(outputs[0]);
    if (Learns(context, 0)) {
      gradients[0] = MultiplyRows(gradient, ViewOf(w), w.size(1), {});
    }
    if (Learns(context, 1)) gradients[1] = SumOfProducts(RowsOf(gradient), RowsOf(x));
    return gradients;
  }
};

// --- any others -------------------------------------------------------------------------------

/// The matrices [..., r, c] of a tensor, rounded, as they lie or as their transposes do.
class Matrices {
 public:
  explicit Matrices(const torch::Tensor& x)
      : transposed_(x.stride(-2) == 1 && x.stride(-1) != 1),
        numbers_(Rounded(transposed_ ? x.transpose(-2, -1) : x)) {}

  /// Of what numbers() gave.
  Matrices(const torch::Tensor& numbers, bool transposed)
      : transposed_(transposed), numbers_(numbers) {}

  const torch::Tensor& numbers() const { return numbers_; }
  bool transposed() const { return transposed_; }

  /// Repeated for a batch of matrices, without copying.
  Matrices Expanded(at::IntArrayRef batch) const {
    std::vector<std::int64_t> sizes = batch.vec();
    sizes.insert(sizes.end(), {numbers_.size(-2), numbers_.size(-1)});
    return {numbers_.expand(sizes), transposed_};
  }

  /// That of an index into the first `dims` dimensions of the batch, the others' first.
  HalfView At(std::int64_t index, std::int64_t dims) const {
    std::int64_t offset = 0;
    for (std::int64_t dim = dims - 1; dim >= 0; --dim) {
      offset += index % numbers_.size(dim) * numbers_.stride(dim);
      index /= numbers_.size(dim);
    }
    return {numbers_.data_ptr<BFloat16>() + offset, numbers_.size(-1), transposed_};
  }

  /// How far apart the matrices lie whose index runs through the dimensions of the batch from `dim`
  /// on, if they lie evenly.
  std::optional<std::int64_t> StepFrom(std::int64_t dim) const {
    std::int64_t step = 0, next = 0;  // next: the stride an even step has in the next dimension
    bool any = false;
    for (std::int64_t i = numbers_.dim() - 3; i >= dim; --i) {
      if (numbers_.size(i) == 1) continue;
      if (any && numbers_.stride(i) != next) return std::nullopt;
      if (!any) step = numbers_.stride(i);
      next = numbers_.stride(i) * numbers_.size(i);
      any = true;
    }
    return step;
  }

  Matrices Transposed() const { return {numbers_, !transposed_}; }

  std::int64_t rows() const { return numbers_.size(transposed_ ? -1 : -2); }
  std::int64_t columns() const { return numbers_.size(transposed_ ? -2 : -1); }
  at::IntArrayRef batch() const { return numbers_.sizes().slice(0, numbers_.dim() - 2); }

 private:
  bool transposed_;
  torch::Tensor numbers_;
};

/// Matrices in the dimensions of the batch of x [..., r, c] from `dim` on.
std::int64_t CountFrom(const torch::Tensor& x, std::int64_t dim) {
  return c10::multiply_integers(x.sizes().begin() + dim, x.sizes().end() - 2);
}

/// From which dimension of the batch on the left ones are the rows of one matrix that is multiplied
/// by one on the right; `dims` if from none.
std::int64_t FirstFolded(const Matrices& left, const Matrices& right, std::int64_t dims) {
  if (left.transposed()) return dims;
  std::int64_t first = dims;
  const auto folds = [&](std::int64_t dim) {
    return right.StepFrom(dim) == 0 && left.StepFrom(dim) == left.rows() * left.columns();
  };
  while (first > 0 && folds(first - 1)) --first;
  return first;
}

/// From which on both lie evenly, each a matrix of its own; `dims` if from none.
std::int64_t FirstEven(const Matrices& left, const Matrices& right, std::int64_t dims) {
  std::int64_t first = dims;
  const auto is_even = [&](std::int64_t dim) {
    if (CountFrom(left.numbers(), dim) == 1) return true;
    return left.StepFrom(dim).value_or(0) > 0 && right.StepFrom(dim).value_or(0) > 0;
  };
  while (first > 0 && is_even(first - 1)) --first;
  return first;
}

torch::Tensor Multiply(const Matrices& a, const Matrices& b) {
  const auto batch = at::infer_size(a.batch(), b.batch());
  std::vector<std::int64_t> sizes(batch.begin(), batch.end());
  sizes.insert(sizes.end(), {a.rows(), b.columns()});
  const GemmShape shape{a.rows(), b.columns(), a.columns()};
  if (shape.inner == 0) return torch::zeros(sizes);
  torch::Tensor c = torch::empty(sizes);
  const std::int64_t size = shape.rows * shape.columns;
  if (c.numel() == 0) return c;

  const Matrices left = a.Expanded(batch), right = b.Expanded(batch);
  const auto dims = static_cast<std::int64_t>(batch.size());
  const std::int64_t folded = FirstFolded(left, right, dims);
  const std::int64_t outer = folded < dims ? folded : FirstEven(left, right, dims);
  const std::int64_t count = CountFrom(c, outer);  // at once
  float* const to = c.data_ptr<float>();
  at::parallel_for(0, c.numel() / size / count, 1, [&](std::int64_t i, std::int64_t last) {
    for (; i < last; ++i) {
      const HalfView x = left.At(i, outer), y = right.At(i, outer);
      float* const here = to + i * count * size;
      if (folded < dims) {
        Gemm({count * shape.rows, shape.columns, shape.inner}, x, y, {}, here, shape.columns);
      } else {
        const Batch steps{count, *left.StepFrom(outer), *right.StepFrom(outer), size};
        Gemm(steps, shape, x, y, here, shape.columns);
      }
    }
  });
  return c;
}

class ProductFunction : public torch::autograd::Function<ProductFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& a,
                               const torch::Tensor& b) {
    RECORD_USER_SCOPE("HalfProduct");
    const Matrices left(a), right(b);
    context->save_for_backward({left.numbers(), right.numbers()});
    context->saved_data["left"] = left.transposed();
    context->saved_data["right"] = right.transposed();
    KeepWhatLearns(context, a, b);
    return Multiply(left, right);
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const auto saved = context->get_saved_variables();
    const Matrices left(saved[0], context->saved_data["left"].toBool()),
        right(saved[1], context->saved_data["right"].toBool()), gradient(outputs[0]);
    const auto as = [&](const torch::Tensor& x, const Matrices& operand) {
      std::vector<std::int64_t> sizes = operand.batch().vec();
      sizes.insert(sizes.end(), {operand.rows(), operand.columns()});
      return at::sum_to(x, sizes);
    };
    variable_list gradients(2);
    if (Learns(context, 0)) gradients[0] = as(Multiply(gradient, right.Transposed()), left);
    if (Learns(context, 1)) gradients[1] = as(Multiply(left.Transposed(), gradient), right);
    return gradients;
  }
};

}  // namespace

torch::Tensor HalfLinear(const torch::Tensor& x, const torch::Tensor& weight,
                         const torch::Tensor& bias) {
  return LinearFunction::apply(x, weight, IfDefined(bias));
}

torch::Tensor HalfProduct(const torch::Tensor& a, const torch::Tensor& b) {
  return ProductFunction::apply(a, b);
}

}  // namespace sweepformer::model
