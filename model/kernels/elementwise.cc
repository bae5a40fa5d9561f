#include "model/kernels/elementwise.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include "model/kernels/dropout.h"
#include "model/kernels/if_defined.h"
#include "model/kernels/rows.h"

namespace sweepformer::model {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

const float* NumbersOf(const torch::Tensor& x) { return x.data_ptr<float>(); }

/// A tensor of its own in the memory of x.
torch::Tensor InPlaceOf(const torch::Tensor& x) { return x.detach(); }

torch::Tensor BiasOrZeros(const torch::Tensor& bias, const torch::Tensor& x) {
  return bias.defined() ? bias.detach().contiguous() : torch::zeros({x.size(-1)});
}

Mask MaskOf(double dropout, std::int64_t seed) {
  return {dropout, static_cast<std::uint64_t>(seed)};
}

/// torch takes no gradient of an argument that was not given.
torch::Tensor OfGivenBias(AutogradContext* context, const torch::Tensor& gradient) {
  return context->saved_data["has_bias"].toBool() ? gradient : torch::Tensor();
}

/// Keeps the derivative of its output by its input, in the input's memory.
class GeluFunction : public torch::autograd::Function<GeluFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                               const c10::optional<torch::Tensor>& bias, double dropout,
                               std::int64_t seed) {
    RECORD_USER_SCOPE("GeluDropout");
    const torch::Tensor added = BiasOrZeros(bias.value_or(torch::Tensor()), x);
    const torch::Tensor derivative = InPlaceOf(x);
    torch::Tensor y = torch::empty_like(x);
    ShareOut(AllRows(x, MaskOf(dropout, seed)), [&](const Rows& rows, std::int64_t) {
      GeluRows(y.data_ptr<float>(), derivative.data_ptr<float>(), NumbersOf(added), rows);
    });
    context->save_for_backward({derivative});
    context->saved_data["has_bias"] = bias.has_value();
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const torch::Tensor derivative = context->get_saved_variables()[0];
    const torch::Tensor gradient = outputs[0].contiguous(), of_x = InPlaceOf(derivative);
    ColumnSums sums(of_x.size(-1));
    ShareOut(AllRows(of_x), [&](const Rows& rows, std::int64_t task) {
      MultiplyRows(of_x.data_ptr<float>(), NumbersOf(gradient), NumbersOf(derivative),
                   sums.Of(task), rows);
    });
    derivative.unsafeGetTensorImpl()->bump_version();  // a second backward pass is refused
    return {of_x, OfGivenBias(context, sums.Total()), {}, {}};
  }
};

class AddFunction : public torch::autograd::Function<AddFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& y, const c10::optional<torch::Tensor>& bias,
                               double dropout, std::int64_t seed) {
    RECORD_USER_SCOPE("AddDropped");
    context->saved_data["dropout"] = dropout;
    context->saved_data["seed"] = seed;
    context->saved_data["has_bias"] = bias.has_value();
    const torch::Tensor added = BiasOrZeros(bias.value_or(torch::Tensor()), x);
    const torch::Tensor term = x.contiguous(), sum = InPlaceOf(y.contiguous());
    ShareOut(AllRows(sum, MaskOf(dropout, seed)), [&](const Rows& rows, std::int64_t) {
      AddRows(sum.data_ptr<float>(), NumbersOf(term), NumbersOf(sum), NumbersOf(added), rows);
    });
    y.unsafeGetTensorImpl()->bump_version();  // who kept it for his backward pass is told
    return sum;
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const torch::Tensor gradient = outputs[0].contiguous();
    const Mask mask =
        MaskOf(context->saved_data["dropout"].toDouble(), context->saved_data["seed"].toInt());
    if (!mask.drops() && !context->saved_data["has_bias"].toBool()) {
      return {gradient, gradient, {}, {}, {}};
    }
    torch::Tensor of_y = mask.drops() ? torch::empty_like(gradient) : gradient;
    ColumnSums sums(of_y.size(-1));
    ShareOut(AllRows(of_y, mask), [&](const Rows& rows, std::int64_t task) {
      MaskRows(of_y.data_ptr<float>(), NumbersOf(gradient), sums.Of(task), rows);
    });
    return {gradient, of_y, OfGivenBias(context, sums.Total()), {}, {}};
  }
};

torch::Tensor Masked(const torch::Tensor& x, double dropout, std::uint64_t seed) {
  return dropout > 0.0 ? x * DropoutMaskOfRows(dropout, seed, x) : x;
}

}  // namespace

torch::Tensor GeluDropout(torch::Tensor x, const torch::Tensor& bias, double dropout) {
  const std::uint64_t seed = NewMaskSeed(dropout);
  if (!HasKernels(x)) return Masked(torch::gelu(bias.defined() ? x + bias : x), dropout, seed);
  return GeluFunction::apply(x.contiguous(), IfDefined(bias), dropout,
                             static_cast<std::int64_t>(seed));
}

torch::Tensor AddDropped(const torch::Tensor& x, torch::Tensor y, const torch::Tensor& bias,
                         double dropout) {
  const std::uint64_t seed = NewMaskSeed(dropout);
  if (!HasKernels(y)) return x + Masked(bias.defined() ? y + bias : y, dropout, seed);
  return AddFunction::apply(x, y, IfDefined(bias), dropout, static_cast<std::int64_t>(seed));
}

}  // namespace sweepformer::model
