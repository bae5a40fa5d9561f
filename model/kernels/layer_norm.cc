#include "model/kernels/layer_norm.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include "model/kernels/dropout.h"
#include "model/kernels/norm_rows.h"
#include "model/kernels/parallel.h"

namespace sweepformer::model {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class NormFunction : public torch::autograd::Function<NormFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               double epsilon) {
    RECORD_USER_SCOPE("LayerNorm");
    const torch::Tensor in = x.contiguous();
    const std::int64_t width = x.size(-1), rows = in.numel() / width;
    torch::Tensor y = torch::empty_like(in), moments = torch::empty({rows, 2});
    const std::int64_t tasks = TasksFor(in.numel());
    at::parallel_for(0, tasks, 1, [&](std::int64_t first, std::int64_t last) {
      NormalizeRows(
          y.data_ptr<float>(), MomentsIn(moments),
          {rows * first / tasks, rows * last / tasks, width, in.data_ptr<float>(),
           weight.data_ptr<float>(), bias.data_ptr<float>(), static_cast<float>(epsilon)});
    });
    context->save_for_backward({in, weight, moments});
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], &weight = saved[1], &moments = saved[2];
    const torch::Tensor gradient = outputs[0].contiguous();
    const std::int64_t width = x.size(-1), rows = x.numel() / width, tasks = TasksFor(x.numel());
    torch::Tensor of_x = torch::empty_like(x), sums = torch::zeros({2, tasks, width});
    float* const of_weight = sums.data_ptr<float>();
    float* const of_bias = of_weight + tasks * width;
    at::parallel_for(0, tasks, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t task = first; task < last; ++task) {
        NormGradientRows(
            of_x.data_ptr<float>(), of_weight + task * width, of_bias + task * width,
            gradient.data_ptr<float>(), MomentsIn(moments), /*more=*/nullptr,
            {rows * task / tasks, rows * (task + 1) / tasks, width, x.data_ptr<float>(),
             weight.data_ptr<float>(), /*bias=*/nullptr, /*epsilon=*/0});
      }
    });
    return {of_x, sums.select(0, 0).sum(0), sums.select(0, 1).sum(0), {}};
  }

 private:
  static Moments* MomentsIn(const torch::Tensor& x) {
    static_assert(sizeof(Moments) == 2 * sizeof(float));
    return reinterpret_cast<Moments*>(x.data_ptr<float>());
  }
};

}  // namespace

torch::Tensor Normalized(const torch::nn::LayerNorm& norm, const torch::Tensor& x) {
  const auto& of = *norm;
  if (!HasKernels(x) || x.numel() == 0) {
    return torch::layer_norm(x, of.options.normalized_shape(), of.weight, of.bias,
                             of.options.eps());
  }
  return NormFunction::apply(x, of.weight, of.bias, of.options.eps());
}

}  // namespace sweepformer::model
