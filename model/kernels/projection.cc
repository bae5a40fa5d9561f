#include "model/kernels/projection.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "model/kernels/multiply.h"
#include "model/kernels/parallel.h"

namespace sweepformer::model {
namespace {

using c10::BFloat16;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Sample i of [B, R, C].
template <typename Number>
View<Number> SampleOf(const torch::Tensor& x, std::int64_t i) {
  return {x.data_ptr<Number>() + i * x.stride(0), x.stride(1)};
}
float* ToSampleOf(const torch::Tensor& x, std::int64_t i) {
  return x.data_ptr<float>() + i * x.stride(0);
}

/// Its operands and the gradient are float32, or all rounded to bfloat16; results are float32.
struct Call {
  torch::Tensor projection;  ///< [k, n]
  torch::Tensor x;           ///< [B, T, C]
  std::vector<std::int64_t> lengths;

  std::int64_t batch() const { return x.size(0); }
  std::int64_t slots() const { return projection.size(0); }
  std::int64_t width() const { return x.size(2); }
  std::int64_t LengthOf(std::int64_t sample) const {
    return lengths.empty() ? x.size(1) : lengths[static_cast<std::size_t>(sample)];
  }
  torch::Tensor Zeros(at::IntArrayRef sizes) const {
    return torch::zeros(sizes, x.options().dtype(torch::kFloat));
  }
  /// Of results by sample: zeros where padding leaves some unwritten.
  torch::Tensor Room(at::IntArrayRef sizes) const {
    const bool all = std::all_of(lengths.begin(), lengths.end(),
                                 [&](std::int64_t length) { return length == x.size(1); });
    return all ? torch::empty(sizes, x.options().dtype(torch::kFloat)) : Zeros(sizes);
  }
  template <typename Number>
  View<Number> matrix() const {
    return {projection.data_ptr<Number>(), projection.stride(0)};
  }
};

/// Calls work(sample, thread's number) for all samples that have tokens.
template <typename Work>
void ForEachSample(const Call& call, std::int64_t tasks, const Work& work) {
  at::parallel_for(0, tasks, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t task = first; task < last; ++task) {
      const std::int64_t end = call.batch() * (task + 1) / tasks;
      for (std::int64_t i = call.batch() * task / tasks; i < end; ++i) {
        if (call.LengthOf(i) > 0) work(i, task);
      }
    }
  });
}

std::int64_t Tasks(const Call& call) {
  return std::clamp<std::int64_t>(at::get_num_threads(), 1,
                                  std::max<std::int64_t>(call.batch(), 1));
}

template <typename Number>
torch::Tensor Forward(const Call& call) {
  const torch::Tensor out = call.Room({call.batch(), call.slots(), call.width()});
  ForEachSample(call, Tasks(call), [&](std::int64_t i, std::int64_t) {
    Multiply({call.slots(), call.width(), call.LengthOf(i)}, call.matrix<Number>(),
             SampleOf<Number>(call.x, i), false, ToSampleOf(out, i), out.stride(1));
  });
  return out;
}

template <typename Number>
torch::Tensor GradientOfTokens(const Call& call, const torch::Tensor& gradient) {
  torch::Tensor of_x = call.Room(call.x.sizes());
  ForEachSample(call, Tasks(call), [&](std::int64_t i, std::int64_t) {
    Multiply({call.LengthOf(i), call.width(), call.slots()}, call.matrix<Number>().Transposed(),
             SampleOf<Number>(gradient, i), false, ToSampleOf(of_x, i), of_x.stride(1));
  });
  return of_x;
}

template <typename Number>
torch::Tensor GradientOfProjection(const Call& call, const torch::Tensor& gradient) {
  const std::int64_t tasks = Tasks(call);
  torch::Tensor sums = call.Zeros({tasks, call.slots(), call.projection.size(1)});
  ForEachSample(call, tasks, [&](std::int64_t i, std::int64_t task) {
    Multiply({call.slots(), call.LengthOf(i), call.width()}, SampleOf<Number>(gradient, i),
             SampleOf<Number>(call.x, i).Transposed(), true, ToSampleOf(sums, task),
             sums.stride(1));
  });
  return tasks == 1 ? sums.select(0, 0) : sums.sum(0);
}

bool IsHalf(const Call& call) { return call.x.scalar_type() == torch::kBFloat16; }

class ProjectionFunction : public torch::autograd::Function<ProjectionFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& projection,
                               const torch::Tensor& x, const std::vector<std::int64_t>& lengths,
                               torch::ScalarType type) {
    RECORD_USER_SCOPE("FastProjection");
    const Call call{projection.to(type), x.to(type), lengths};
    context->save_for_backward({call.projection, call.x});
    context->saved_data["lengths"] = lengths;
    context->saved_data["projection"] = projection.requires_grad();
    context->saved_data["x"] = x.requires_grad();
    return IsHalf(call) ? Forward<BFloat16>(call) : Forward<float>(call);
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const auto saved = context->get_saved_variables();
    const Call call{saved[0], saved[1], context->saved_data["lengths"].toIntVector()};
    const torch::Tensor gradient = outputs[0].contiguous().to(call.x.scalar_type());
    const auto of_projection =
        IsHalf(call) ? GradientOfProjection<BFloat16> : GradientOfProjection<float>;
    const auto of_tokens = IsHalf(call) ? GradientOfTokens<BFloat16> : GradientOfTokens<float>;
    variable_list gradients(4);
    if (context->saved_data["projection"].toBool()) gradients[0] = of_projection(call, gradient);
    if (context->saved_data["x"].toBool()) gradients[1] = of_tokens(call, gradient);
    return gradients;
  }
};

}  // namespace

torch::Tensor FastProjection(const torch::Tensor& projection, const torch::Tensor& x,
                             const std::vector<std::int64_t>& lengths, torch::ScalarType type) {
  return ProjectionFunction::apply(projection.contiguous(), x.contiguous(), lengths, type);
}

}  // namespace sweepformer::model
