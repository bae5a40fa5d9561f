#include "model/kernels/projection.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "model/kernels/gemm.h"
#include "model/kernels/parallel.h"

namespace sweepformer::model {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Sample i of [B, R, C].
MatrixView SampleOf(const torch::Tensor& x, std::int64_t i) {
  return {x.data_ptr<float>() + i * x.stride(0), x.stride(1)};
}
float* ToSampleOf(const torch::Tensor& x, std::int64_t i) {
  return x.data_ptr<float>() + i * x.stride(0);
}

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
  MatrixView matrix() const { return {projection.data_ptr<float>(), projection.stride(0)}; }
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

torch::Tensor Forward(const Call& call) {
  const torch::Tensor out =
      torch::zeros({call.batch(), call.slots(), call.width()}, call.x.options());
  ForEachSample(call, Tasks(call), [&](std::int64_t i, std::int64_t) {
    Gemm({call.slots(), call.width(), call.LengthOf(i)}, 1, call.matrix(), SampleOf(call.x, i), 0,
         ToSampleOf(out, i), out.stride(1));
  });
  return out;
}

torch::Tensor GradientOfTokens(const Call& call, const torch::Tensor& gradient) {
  torch::Tensor of_x = torch::zeros(call.x.sizes(), call.x.options());
  ForEachSample(call, Tasks(call), [&](std::int64_t i, std::int64_t) {
    Gemm({call.LengthOf(i), call.width(), call.slots()}, 1, call.matrix().Transposed(),
         SampleOf(gradient, i), 0, ToSampleOf(of_x, i), of_x.stride(1));
  });
  return of_x;
}

torch::Tensor GradientOfProjection(const Call& call, const torch::Tensor& gradient) {
  const std::int64_t tasks = Tasks(call);
  torch::Tensor sums =
      torch::zeros({tasks, call.slots(), call.projection.size(1)}, call.x.options());
  ForEachSample(call, tasks, [&](std::int64_t i, std::int64_t task) {
    Gemm({call.slots(), call.LengthOf(i), call.width()}, 1, SampleOf(gradient, i),
         SampleOf(call.x, i).Transposed(), 1, ToSampleOf(sums, task), sums.stride(1));
  });
  return tasks == 1 ? sums.select(0, 0) : sums.sum(0);
}

class ProjectionFunction : public torch::autograd::Function<ProjectionFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& projection,
                               const torch::Tensor& x, const std::vector<std::int64_t>& lengths) {
    RECORD_USER_SCOPE("FastProjection");
    context->save_for_backward({projection, x});
    context->saved_data["lengths"] = lengths;
    context->saved_data["projection"] = projection.requires_grad();
    context->saved_data["x"] = x.requires_grad();
    return Forward({projection, x, lengths});
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const auto saved = context->get_saved_variables();
    const Call call{saved[0], saved[1], context->saved_data["lengths"].toIntVector()};
    const torch::Tensor gradient = outputs[0].contiguous();
    variable_list gradients(3);
    if (context->saved_data["projection"].toBool()) {
      gradients[0] = GradientOfProjection(call, gradient);
    }
    if (context->saved_data["x"].toBool()) gradients[1] = GradientOfTokens(call, gradient);
    return gradients;
  }
};

}  // namespace

torch::Tensor FastProjection(const torch::Tensor& projection, const torch::Tensor& x,
                             const std::vector<std::int64_t>& lengths) {
  return ProjectionFunction::apply(projection.contiguous(), x.contiguous(), lengths);
}

}  // namespace sweepformer::model
