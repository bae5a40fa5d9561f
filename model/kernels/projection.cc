#include "model/kernels/projection.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <numeric>

#include "model/kernels/if_defined.h"
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
  torch::Tensor x;                      ///< [B, T, C]
  std::vector<torch::Tensor> matrices;  ///< [k, n] each
  std::vector<std::int64_t> lengths;

  std::int64_t batch() const { return x.size(0); }
  std::int64_t width() const { return x.size(2); }
  std::int64_t positions() const { return matrices.front().size(1); }
  /// Of all matrices.
  std::int64_t slots() const {
    return std::accumulate(
        matrices.begin(), matrices.end(), std::int64_t{0},
        [](std::int64_t sum, const torch::Tensor& matrix) { return sum + matrix.size(0); });
  }
  std::int64_t LengthOf(std::int64_t sample) const {
    return lengths.empty() ? x.size(1) : lengths[static_cast<std::size_t>(sample)];
  }
  /// Whether it is one of those that are as long as samples can be.
  bool IsLongest(std::int64_t sample) const { return LengthOf(sample) == positions(); }

  /// [B, T], 1 for each token that counts; undefined if all do.
  torch::Tensor Real() const {
    if (lengths.empty()) return {};
    torch::Tensor real = Zeros({batch(), x.size(1)});
    for (std::int64_t i = 0; i < batch(); ++i) {
      std::fill_n(real.data_ptr<float>() + i * x.size(1), LengthOf(i), 1.0F);
    }
    return real;
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
    float* to = ToSampleOf(out, i);
    for (const torch::Tensor& matrix : call.matrices) {
      Multiply({matrix.size(0), call.width(), call.LengthOf(i), call.IsLongest(i)},
               ViewOf<Number>(matrix), SampleOf<Number>(call.x, i), false, to, out.stride(1));
      to += matrix.size(0) * out.stride(1);
    }
  });
  return out;
}

template <typename Number>
torch::Tensor GradientOfTokens(const Call& call, const torch::Tensor& gradient) {
  torch::Tensor of_x = call.Room(call.x.sizes());
  ForEachSample(call, Tasks(call), [&](std::int64_t i, std::int64_t) {
    View<Number> from = SampleOf<Number>(gradient, i);
    bool add = false;
    for (const torch::Tensor& matrix : call.matrices) {
      Multiply({call.LengthOf(i), call.width(), matrix.size(0), call.IsLongest(i)},
               ViewOf<Number>(matrix).Transposed(), from, add, ToSampleOf(of_x, i), of_x.stride(1));
      from.numbers += matrix.size(0) * from.stride;
      add = true;
    }
  });
  return of_x;
}

/// Of the matrix whose slots are [first, first + count).
template <typename Number>
torch::Tensor GradientOfMatrix(const Call& call, const torch::Tensor& gradient, std::int64_t first,
                               std::int64_t count) {
  const std::int64_t tasks = Tasks(call);
  torch::Tensor sums = call.Zeros({tasks, count, call.positions()});
  ForEachSample(call, tasks, [&](std::int64_t i, std::int64_t task) {
    View<Number> from = SampleOf<Number>(gradient, i);
    from.numbers += first * from.stride;
    Multiply({count, call.LengthOf(i), call.width(), call.IsLongest(i)}, from,
             SampleOf<Number>(call.x, i).Transposed(), true, ToSampleOf(sums, task),
             sums.stride(1));
  });
  return tasks == 1 ? sums.select(0, 0) : sums.sum(0);
}

/// Of a matrix [k, n], as it was before it was rounded: [B, k].
torch::Tensor WeightSums(const Call& call, const torch::Tensor& real, const torch::Tensor& matrix) {
  const torch::Tensor used = matrix.narrow(1, 0, call.x.size(1));
  return real.defined() ? torch::mm(real, used.t()) : used.sum(1).repeat({call.batch(), 1});
}

/// Adds the gradient that its sums give a matrix. Here, because LibTorch would add it up in a
/// further matrix.
void AddGradientOfSums(const Call& call, const torch::Tensor& real, const torch::Tensor& of_sums,
                       const torch::Tensor& of_matrix) {
  torch::Tensor used = of_matrix.narrow(1, 0, call.x.size(1));
  if (real.defined()) {
    used.addmm_(of_sums.t(), real);
  } else {
    used.add_(of_sums.sum(0).unsqueeze(1));
  }
}

/// As operands. Of bfloat16, where they are copies anyway, one below the other: one product is
/// faster than two of half its size.
std::vector<torch::Tensor> Operands(const torch::Tensor& first, const torch::Tensor& second,
                                    torch::ScalarType type) {
  if (!second.defined()) return {first.to(type)};
  if (type == torch::kFloat) return {first, second};
  return {torch::cat({first.to(type), second.to(type)})};
}

bool IsHalf(const Call& call) { return call.x.scalar_type() == torch::kBFloat16; }

class ProjectionFunction : public torch::autograd::Function<ProjectionFunction> {
 public:
  static variable_list forward(AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& first,
                               const c10::optional<torch::Tensor>& second,
                               const std::vector<std::int64_t>& lengths, torch::ScalarType type) {
    RECORD_USER_SCOPE("FastProjection");
    const torch::Tensor other = second.value_or(torch::Tensor());
    const Call call{x.to(type), Operands(first, other, type), lengths};
    variable_list kept = {call.x};
    kept.insert(kept.end(), call.matrices.begin(), call.matrices.end());
    context->save_for_backward(kept);
    context->saved_data["lengths"] = lengths;
    context->saved_data["slots"] = first.size(0);
    context->saved_data["needs"] = std::vector<std::int64_t>{
        x.requires_grad(), first.requires_grad(), second.has_value() && second->requires_grad()};
    const torch::Tensor real = call.Real();
    torch::Tensor sums = WeightSums(call, real, first);
    if (other.defined()) sums = torch::cat({sums, WeightSums(call, real, other)}, 1);
    return {IsHalf(call) ? Forward<BFloat16>(call) : Forward<float>(call), sums};
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const auto saved = context->get_saved_variables();
    const Call call{
        saved[0], {saved.begin() + 1, saved.end()}, context->saved_data["lengths"].toIntVector()};
    const torch::Tensor gradient = outputs[0].contiguous().to(call.x.scalar_type());
    const auto of_tokens = IsHalf(call) ? GradientOfTokens<BFloat16> : GradientOfTokens<float>;
    const torch::Tensor real = call.Real();
    const auto of_matrix = [&](std::int64_t first, std::int64_t count) {
      const auto of_slots = IsHalf(call) ? GradientOfMatrix<BFloat16> : GradientOfMatrix<float>;
      torch::Tensor sum = of_slots(call, gradient, first, count);
      AddGradientOfSums(call, real, outputs[1].narrow(1, first, count), sum);
      return sum;
    };
    const auto needs = context->saved_data["needs"].toIntVector();
    const std::int64_t slots = context->saved_data["slots"].toInt();
    variable_list gradients(5);
    if (needs[0]) gradients[0] = of_tokens(call, gradient);
    if (needs[1]) gradients[1] = of_matrix(0, slots);
    if (needs[2]) gradients[2] = of_matrix(slots, call.slots() - slots);
    return gradients;
  }
};

}  // namespace

ProjectedTokens FastProjection(const torch::Tensor& x, const torch::Tensor& first,
                               const torch::Tensor& second,
                               const std::vector<std::int64_t>& lengths, torch::ScalarType type) {
  const torch::Tensor other = second.defined() ? second.contiguous() : second;
  const auto both = ProjectionFunction::apply(x.contiguous(), first.contiguous(), IfDefined(other),
                                              lengths, type);
  return {both[0], both[1]};
}

}  // namespace sweepformer::model
