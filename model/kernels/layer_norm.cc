#include "model/kernels/layer_norm.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include "model/kernels/dropout.h"
#include "model/kernels/lanes.h"
#include "model/kernels/parallel.h"

namespace sweepformer::model {
namespace {

using lanes::Floats;
using lanes::kLanes;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What the backward pass needs of a row.
struct Moments {
  float mean, scale;  ///< scale: 1 / √(variance + ε)
};

/// Calls work(column, count) for each kLanes numbers of a row, the last of which may be fewer.
template <typename Work>
SF_LANES void ForEachLanes(std::int64_t width, const Work& work) {
  std::int64_t column = 0;
  for (; column + kLanes <= width; column += kLanes) work(column, kLanes);
  if (column < width) work(column, width - column);
}

SF_LANES Moments MomentsOf(const float* x, std::int64_t width, float epsilon) {
  const auto numbers = static_cast<float>(width);
  Floats sum{}, squares{};
  ForEachLanes(width, [&](std::int64_t at, std::int64_t count)
                          SF_INLINED { sum += lanes::LoadUpTo(x + at, count); });
  const float mean = lanes::Sum(sum) / numbers;
  ForEachLanes(width, [&](std::int64_t at, std::int64_t count) SF_INLINED {
    Floats distance = lanes::LoadUpTo(x + at, count) - mean;
    for (std::int64_t lane = count; lane < kLanes; ++lane) distance[lane] = 0;
    squares += distance * distance;
  });
  return {mean, 1.0F / std::sqrt(lanes::Sum(squares) / numbers + epsilon)};
}

struct Rows {
  std::int64_t first, last, width;
};

SF_KERNEL void NormalizeRows(float* y, Moments* moments, const float* x, const float* weight,
                             const float* bias, float epsilon, const Rows& rows) {
  for (std::int64_t row = rows.first; row < rows.last; ++row) {
    const float* const in = x + row * rows.width;
    float* const out = y + row * rows.width;
    const Moments of = MomentsOf(in, rows.width, epsilon);
    moments[row] = of;
    ForEachLanes(rows.width, [&](std::int64_t at, std::int64_t count) SF_INLINED {
      const Floats normal = (lanes::LoadUpTo(in + at, count) - of.mean) * of.scale;
      lanes::StoreUpTo(
          out + at,
          normal * lanes::LoadUpTo(weight + at, count) + lanes::LoadUpTo(bias + at, count), count);
    });
  }
}

/// Into of_x the gradient of x; those of weight and bias are added to theirs. With n = the
/// normalized row and h = gradient · weight: scale · (h - mean(h) - n · mean(h n)).
SF_KERNEL void GradientRows(float* of_x, float* of_weight, float* of_bias, const float* gradient,
                            const float* x, const Moments* moments, const float* weight,
                            const Rows& rows) {
  const auto numbers = static_cast<float>(rows.width);
  for (std::int64_t row = rows.first; row < rows.last; ++row) {
    const float* const in = x + row * rows.width;
    const float* const g = gradient + row * rows.width;
    float* const out = of_x + row * rows.width;
    const Moments of = moments[row];
    Floats sum{}, with_normal{};
    ForEachLanes(rows.width, [&](std::int64_t at, std::int64_t count) SF_INLINED {
      const Floats normal = (lanes::LoadUpTo(in + at, count) - of.mean) * of.scale,
                   here = lanes::LoadUpTo(g + at, count);
      const Floats h = here * lanes::LoadUpTo(weight + at, count);  // zero behind the last one
      sum += h;
      with_normal += h * normal;
      lanes::StoreUpTo(of_weight + at, lanes::LoadUpTo(of_weight + at, count) + here * normal,
                       count);
      lanes::StoreUpTo(of_bias + at, lanes::LoadUpTo(of_bias + at, count) + here, count);
    });
    const float mean = lanes::Sum(sum) / numbers, slope = lanes::Sum(with_normal) / numbers;
    ForEachLanes(rows.width, [&](std::int64_t at, std::int64_t count) SF_INLINED {
      const Floats normal = (lanes::LoadUpTo(in + at, count) - of.mean) * of.scale;
      const Floats h = lanes::LoadUpTo(g + at, count) * lanes::LoadUpTo(weight + at, count);
      lanes::StoreUpTo(out + at, (h - mean - normal * slope) * of.scale, count);
    });
  }
}

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
      NormalizeRows(y.data_ptr<float>(), MomentsIn(moments), in.data_ptr<float>(),
                    weight.data_ptr<float>(), bias.data_ptr<float>(), static_cast<float>(epsilon),
                    {rows * first / tasks, rows * last / tasks, width});
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
        GradientRows(of_x.data_ptr<float>(), of_weight + task * width, of_bias + task * width,
                     gradient.data_ptr<float>(), x.data_ptr<float>(), MomentsIn(moments),
                     weight.data_ptr<float>(),
                     {rows * task / tasks, rows * (task + 1) / tasks, width});
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
