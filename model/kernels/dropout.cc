#include "model/kernels/dropout.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <limits>

#include "model/kernels/mask.h"
#include "model/kernels/parallel.h"

namespace sweepformer::model {
namespace {

using lanes::kMaskGroup;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Of the numbers that a thread takes at a time.
constexpr std::int64_t kGroupsPerTask = 512;

/// out = in · mask for the numbers of the groups [first, last) of `size` numbers, which begin at
/// group `begin` of the mask.
template <typename F>
SF_LANES void MultiplyGroupsWith(float* out, const float* in, std::int64_t size, std::int64_t first,
                                 std::int64_t last, const Mask& mask, std::int64_t begin) {
  const std::int64_t offset = first * kMaskGroup;
  lanes::ForEachMasked<F>(
      mask, static_cast<std::uint64_t>(begin + first), std::min(size, last * kMaskGroup) - offset,
      [&]<typename L>(std::int64_t at, const L& factors, std::int64_t count) SF_INLINED {
        lanes::StoreUpTo<L>(out + offset + at,
                            lanes::LoadUpTo<L>(in + offset + at, count) * factors, count);
      });
}
SF_DEFINE_KERNEL(MultiplyGroups,
                 (float* out, const float* in, std::int64_t size, std::int64_t first,
                  std::int64_t last, const Mask& mask, std::int64_t begin),
                 (out, in, size, first, last, mask, begin))

torch::Tensor Multiplied(const torch::Tensor& x, const Mask& mask, std::int64_t begin = 0) {
  const torch::Tensor in = x.contiguous();
  torch::Tensor out = torch::empty_like(in);
  const std::int64_t size = in.numel(), groups = lanes::MaskGroups(size);
  const float* const from = in.data_ptr<float>();
  float* const to = out.data_ptr<float>();
  at::parallel_for(0, groups, kGroupsPerTask, [&](std::int64_t first, std::int64_t last) {
    MultiplyGroups(to, from, size, first, last, mask, begin);
  });
  return out;
}

class DropoutFunction : public torch::autograd::Function<DropoutFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, double probability,
                               std::int64_t seed) {
    RECORD_USER_SCOPE("Dropout");
    context->saved_data["probability"] = probability;
    context->saved_data["seed"] = seed;
    return Multiplied(x, Mask(probability, static_cast<std::uint64_t>(seed)));
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const Mask mask(context->saved_data["probability"].toDouble(),
                    static_cast<std::uint64_t>(context->saved_data["seed"].toInt()));
    return {Multiplied(outputs[0], mask), {}, {}};
  }
};

}  // namespace

bool HasKernels(const torch::Tensor& x) {
  return x.device().is_cpu() && x.scalar_type() == torch::kFloat;
}

torch::Tensor Dropout(const torch::Tensor& x, double probability) {
  if (probability <= 0.0) return x;
  const std::uint64_t seed = NewMaskSeed(probability);
  if (!HasKernels(x)) return x * DropoutMask(probability, seed, x);
  return DropoutFunction::apply(x, probability, static_cast<std::int64_t>(seed));
}

torch::Tensor DropoutMask(double probability, std::uint64_t seed, const torch::Tensor& like) {
  return Multiplied(torch::ones(like.sizes(), torch::kFloat), Mask(probability, seed))
      .to(like.options());
}

torch::Tensor DropoutMaskOfRows(double probability, std::uint64_t seed, const torch::Tensor& like,
                                std::int64_t first_row) {
  const std::int64_t width = like.size(-1), groups = lanes::MaskGroups(width);
  const torch::Tensor ones = torch::ones({like.numel() / width, groups * kMaskGroup});
  return Multiplied(ones, Mask(probability, seed), first_row * groups)
      .narrow(1, 0, width)
      .reshape(like.sizes())
      .to(like.options());
}

std::uint64_t NewMaskSeed(double probability) {
  if (probability <= 0.0) return 0;
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::uint64_t>(
      torch::randint(kLargest, {1}, torch::kInt64).item<std::int64_t>());
}

}  // namespace sweepformer::model
