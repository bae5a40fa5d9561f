#include "model/kernels/linear_product.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "model/kernels/gemm.h"
#include "model/kernels/if_defined.h"
#include "model/kernels/parallel.h"

namespace sweepformer::model {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

std::vector<std::int64_t> SizesWithLast(const torch::Tensor& x, std::int64_t last) {
  std::vector<std::int64_t> sizes = x.sizes().vec();
  sizes.back() = last;
  return sizes;
}

/// x [..., m] times a matrix that stands for [m, n].
torch::Tensor Multiply(const torch::Tensor& x, const MatrixView& matrix, std::int64_t columns,
                       const torch::Tensor& bias) {
  const std::int64_t inner = x.size(-1), rows = inner == 0 ? 0 : x.numel() / inner;
  torch::Tensor y = torch::empty(SizesWithLast(x, columns), x.options());
  if (bias.defined()) y.copy_(bias);  // to every row
  if (rows == 0) return y;
  Gemm({rows, columns, inner}, 1, {x.data_ptr<float>(), inner}, matrix, bias.defined() ? 1 : 0,
       y.data_ptr<float>(), columns);
  return y;
}

/// gᵀ x of g [N, out] and x [N, in].
torch::Tensor GradientOfWeight(const torch::Tensor& gradient, const torch::Tensor& x) {
  if (BlasSumsWeightGradients() || x.size(0) == 0) return torch::mm(gradient.t(), x);
  const std::int64_t out = gradient.size(1), in = x.size(1), rows = x.size(0);
  torch::Tensor sum = torch::empty({out, in}, x.options());
  Gemm({out, in, rows}, 1, {gradient.data_ptr<float>(), out, /*transposed=*/true},
       {x.data_ptr<float>(), in}, 0, sum.data_ptr<float>(), in);
  return sum;
}

class LinearFunction : public torch::autograd::Function<LinearFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight,
                               const c10::optional<torch::Tensor>& bias) {
    RECORD_USER_SCOPE("FastLinear");
    const torch::Tensor in = x.contiguous(), w = weight.contiguous();
    context->save_for_backward({in, w});
    context->saved_data["x"] = x.requires_grad();
    context->saved_data["weight"] = weight.requires_grad();
    context->saved_data["bias"] = bias && bias->requires_grad();
    return Multiply(in, {w.data_ptr<float>(), w.size(1), /*transposed=*/true}, w.size(0),
                    bias.value_or(torch::Tensor()));
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], &w = saved[1];
    const torch::Tensor gradient = outputs[0].contiguous();
    const auto rows = [](const torch::Tensor& t) { return t.flatten(0, -2); };
    variable_list gradients(3);
    if (context->saved_data["x"].toBool()) {
      gradients[0] = Multiply(gradient, {w.data_ptr<float>(), w.size(1)}, w.size(1), {});
    }
    if (context->saved_data["weight"].toBool()) {
      gradients[1] = GradientOfWeight(rows(gradient), rows(x));
    }
    if (context->saved_data["bias"].toBool()) gradients[2] = rows(gradient).sum(0);
    return gradients;
  }
};

}  // namespace

torch::Tensor FastLinear(const torch::Tensor& x, const torch::Tensor& weight,
                         const torch::Tensor& bias) {
  return LinearFunction::apply(x, weight, IfDefined(bias));
}

}  // namespace sweepformer::model
