#include "model/kernels/layer_norm.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include "model/kernels/dropout.h"
#include "model/kernels/norm_rows.h"

namespace sweepformer::model {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Gives x, as what else is computed of it, and the norm: their gradients meet in one pass.
class NormFunction : public torch::autograd::Function<NormFunction> {
 public:
  static variable_list forward(AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               double epsilon) {
    RECORD_USER_SCOPE("LayerNorm");
    const torch::Tensor in = x.contiguous();
    torch::Tensor y = torch::empty_like(in), moments = torch::empty({AllRows(in).last, 2});
    const NormParameters norm{weight.data_ptr<float>(), bias.data_ptr<float>(),
                              static_cast<float>(epsilon)};
    ShareOut(AllRows(in), [&](const Rows& rows, std::int64_t) {
      NormalizeRows(y.data_ptr<float>(), MomentsIn(moments), in.data_ptr<float>(), norm, rows);
    });
    context->save_for_backward({in, weight, moments});
    context->set_materialize_grads(false);
    return {x, y};
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], &weight = saved[1], &moments = saved[2];
    if (!outputs[1].defined()) return {outputs[0], {}, {}, {}};
    const torch::Tensor gradient = outputs[1].contiguous();
    const torch::Tensor residual = outputs[0].defined() ? outputs[0].contiguous() : outputs[0];
    torch::Tensor of_x = torch::empty_like(x);
    ColumnSums of_weight(x.size(-1)), of_bias(x.size(-1));
    const NormParameters norm{weight.data_ptr<float>(), /*bias=*/nullptr, /*epsilon=*/0};
    ShareOut(AllRows(x), [&](const Rows& rows, std::int64_t task) {
      NormGradientRows(of_x.data_ptr<float>(), of_weight.Of(task), of_bias.Of(task),
                       gradient.data_ptr<float>(), NumbersOrNull(residual), x.data_ptr<float>(),
                       MomentsIn(moments), norm, rows);
    });
    return {of_x, of_weight.Total(), of_bias.Total(), {}};
  }

 private:
  static const float* NumbersOrNull(const torch::Tensor& x) {
    return x.defined() ? x.data_ptr<float>() : nullptr;
  }
  static Moments* MomentsIn(const torch::Tensor& x) {
    static_assert(sizeof(Moments) == 2 * sizeof(float));
    return reinterpret_cast<Moments*>(x.data_ptr<float>());
  }
};

}  // namespace

Branches BesideNorm(const torch::nn::LayerNorm& norm, const torch::Tensor& x) {
  const auto& of = *norm;
  if (!HasKernels(x) || x.numel() == 0) {
    return {x, torch::layer_norm(x, of.options.normalized_shape(), of.weight, of.bias,
                                 of.options.eps())};
  }
  const auto both = NormFunction::apply(x, of.weight, of.bias, of.options.eps());
  return {both[0], both[1]};
}

torch::Tensor Normalized(const torch::nn::LayerNorm& norm, const torch::Tensor& x) {
  return BesideNorm(norm, x).norm;
}

}  // namespace sweepformer::model
