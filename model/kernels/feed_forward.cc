#include "model/kernels/feed_forward.h"

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "model/kernels/dropout.h"
#include "model/kernels/if_defined.h"
#include "model/kernels/mask.h"
#include "model/kernels/parallel.h"

namespace sweepformer::model {
namespace {

using c10::BFloat16;
using lanes::Floats;
using lanes::kLanes;
using lanes::kMaskGroup;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A matrix seen as rows of `width` numbers, and the mask over it, each row of which begins a
/// group.
struct Rows {
  std::int64_t first, last, width;
  Mask mask;

  std::uint64_t first_group(std::int64_t row) const {
    return static_cast<std::uint64_t>(row * lanes::MaskGroups(width));
  }
};

/// Calls work(offset, column, factors, count) for each kLanes numbers of a row, the last of which
/// may be fewer; if kWide, for each 2 kLanes as long as there are so many.
template <bool kWide = false, typename Work>
SF_LANES void ForEachLanes(const Rows& rows, std::int64_t row, const Work& work) {
  const bool drops = rows.mask.drops();
  for (std::int64_t column = 0; column < rows.width;) {
    lanes::Factors factors{{Floats{} + 1.0F, Floats{} + 1.0F, Floats{} + 1.0F, Floats{} + 1.0F}};
    if (drops) {
      factors = lanes::FactorsOf(
          rows.mask, rows.first_group(row) + static_cast<std::uint64_t>(column / kMaskGroup));
    }
    if constexpr (kWide) {
      const std::int64_t at = row * rows.width + column;
      if (rows.width - column >= kMaskGroup) {
        const auto* const of = factors.of;
        work(at, column, lanes::Joined(of[0], of[1]), 2 * kLanes);
        work(at + 2 * kLanes, column + 2 * kLanes, lanes::Joined(of[2], of[3]), 2 * kLanes);
        column += kMaskGroup;
        continue;
      }
    }
    for (std::int64_t part = 0; part < 4 && column < rows.width; ++part, column += kLanes) {
      work(row * rows.width + column, column, factors.of[part],
           std::min(kLanes, rows.width - column));
    }
  }
}

// Numbers are float32 or bfloat16: read and written, computed with as float32.

template <bool kWide, typename Number>
SF_LANES void Gelu(Number* y, Number* x, const float* bias, const Rows& rows) {
  for (std::int64_t row = rows.first; row < rows.last; ++row) {
    ForEachLanes<kWide>(
        rows, row,
        [&]<typename F>(std::int64_t at, std::int64_t column, const F& factors,
                        std::int64_t count) SF_INLINED {
          const F z = lanes::LoadUpTo<F>(x + at, count) + lanes::LoadUpTo<F>(bias + column, count);
          const lanes::Normal<F> normal = lanes::NormalAt<F>(z);
          lanes::StoreUpTo<F>(y + at, z * normal.below * factors, count);
          lanes::StoreUpTo<F>(x + at, (normal.below + z * normal.density) * factors, count);
        });
  }
}

template <bool kWide, typename Number>
SF_LANES void GeluAlone(Number* y, const Number* x, const float* bias, const Rows& rows) {
  for (std::int64_t row = rows.first; row < rows.last; ++row) {
    ForEachLanes<kWide>(rows, row,
                        [&]<typename F>(std::int64_t at, std::int64_t column, const F&,
                                        std::int64_t count) SF_INLINED {
                          const F z = lanes::LoadUpTo<F>(x + at, count) +
                                      lanes::LoadUpTo<F>(bias + column, count);
                          lanes::StoreUpTo<F>(y + at, z * lanes::NormalAt<F>(z).below, count);
                        });
  }
}

template <typename Number>
SF_LANES void Multiply(Number* out, const Number* in, const Number* factor, float* sums,
                       const Rows& rows) {
  for (std::int64_t row = rows.first; row < rows.last; ++row) {
    ForEachLanes(
        rows, row,
        [&](std::int64_t at, std::int64_t column, const Floats&, std::int64_t count) SF_INLINED {
          const Floats product =
              lanes::LoadUpTo(in + at, count) * lanes::LoadUpTo(factor + at, count);
          lanes::StoreUpTo(out + at, product, count);
          lanes::StoreUpTo(sums + column, lanes::LoadUpTo(sums + column, count) + product, count);
        });
  }
}

// One function for each type and width: templates have no clones.

SF_KERNEL void GeluNarrow(float* y, float* x, const float* bias, const Rows& rows) {
  Gelu<false>(y, x, bias, rows);
}
SF_KERNEL void GeluNarrow(BFloat16* y, BFloat16* x, const float* bias, const Rows& rows) {
  Gelu<false>(y, x, bias, rows);
}
SF_WIDE_KERNEL void GeluWide(float* y, float* x, const float* bias, const Rows& rows) {
  Gelu<true>(y, x, bias, rows);
}
SF_WIDE_KERNEL void GeluWide(BFloat16* y, BFloat16* x, const float* bias, const Rows& rows) {
  Gelu<true>(y, x, bias, rows);
}
SF_KERNEL void GeluAloneNarrow(float* y, const float* x, const float* bias, const Rows& rows) {
  GeluAlone<false>(y, x, bias, rows);
}
SF_KERNEL void GeluAloneNarrow(BFloat16* y, const BFloat16* x, const float* bias,
                               const Rows& rows) {
  GeluAlone<false>(y, x, bias, rows);
}
SF_WIDE_KERNEL void GeluAloneWide(float* y, const float* x, const float* bias, const Rows& rows) {
  GeluAlone<true>(y, x, bias, rows);
}
SF_WIDE_KERNEL void GeluAloneWide(BFloat16* y, const BFloat16* x, const float* bias,
                                  const Rows& rows) {
  GeluAlone<true>(y, x, bias, rows);
}

/// y = gelu(x + bias) · mask, and into x the derivative of y by x.
template <typename Number>
void GeluRows(Number* y, Number* x, const float* bias, const Rows& rows) {
  lanes::HasWideLanes() ? GeluWide(y, x, bias, rows) : GeluNarrow(y, x, bias, rows);
}

/// y = gelu(x + bias)
template <typename Number>
void GeluRowsAlone(Number* y, const Number* x, const float* bias, const Rows& rows) {
  lanes::HasWideLanes() ? GeluAloneWide(y, x, bias, rows) : GeluAloneNarrow(y, x, bias, rows);
}

/// out = in · factor, whose columns' sums are added to `sums`.
SF_KERNEL void MultiplyRows(float* out, const float* in, const float* factor, float* sums,
                            const Rows& rows) {
  Multiply(out, in, factor, sums, rows);
}
SF_KERNEL void MultiplyRows(BFloat16* out, const BFloat16* in, const BFloat16* factor, float* sums,
                            const Rows& rows) {
  Multiply(out, in, factor, sums, rows);
}

/// out = x + (y + bias) · mask; out may be y.
SF_KERNEL void AddRows(float* out, const float* x, const float* y, const float* bias,
                       const Rows& rows) {
  for (std::int64_t row = rows.first; row < rows.last; ++row) {
    ForEachLanes(
        rows, row,
        [&](std::int64_t at, std::int64_t column, const Floats& factors, std::int64_t count)
            SF_INLINED {
              const Floats moved =
                  lanes::LoadUpTo(y + at, count) + lanes::LoadUpTo(bias + column, count);
              lanes::StoreUpTo(out + at, lanes::LoadUpTo(x + at, count) + moved * factors, count);
            });
  }
}

/// out = in · mask, whose columns' sums are added to `sums`.
SF_KERNEL void MaskRows(float* out, const float* in, float* sums, const Rows& rows) {
  for (std::int64_t row = rows.first; row < rows.last; ++row) {
    ForEachLanes(rows, row,
                 [&](std::int64_t at, std::int64_t column, const Floats& factors,
                     std::int64_t count) SF_INLINED {
                   const Floats product = lanes::LoadUpTo(in + at, count) * factors;
                   lanes::StoreUpTo(out + at, product, count);
                   lanes::StoreUpTo(sums + column, lanes::LoadUpTo(sums + column, count) + product,
                                    count);
                 });
  }
}

/// Rows that a thread takes, and what their columns sum up to.
struct Task {
  Rows rows;
  float* sums;
};

/// Does `work` on all rows of x, shared out among the threads; returns the sums of the columns.
template <typename Work>
torch::Tensor OnRows(const torch::Tensor& x, const Mask& mask, const Work& work) {
  const std::int64_t width = x.size(-1), rows = width == 0 ? 0 : x.numel() / width;
  const std::int64_t tasks = TasksFor(x.numel());
  torch::Tensor sums = torch::zeros({tasks, width});
  float* const first_sums = sums.data_ptr<float>();
  at::parallel_for(0, tasks, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t task = first; task < last; ++task) {
      work(Task{{rows * task / tasks, rows * (task + 1) / tasks, width, mask},
                first_sums + task * width});
    }
  });
  return tasks == 1 ? sums.select(0, 0) : sums.sum(0);
}

const float* NumbersOf(const torch::Tensor& x) { return x.data_ptr<float>(); }

/// Calls work with a number of x's type, float or BFloat16.
template <typename Work>
void OfTypeOf(const torch::Tensor& x, const Work& work) {
  x.scalar_type() == torch::kBFloat16 ? work(BFloat16()) : work(float());
}

/// A tensor of its own in the memory of x.
torch::Tensor InPlaceOf(const torch::Tensor& x) { return x.detach(); }

torch::Tensor BiasOrZeros(const torch::Tensor& bias, const torch::Tensor& x) {
  return bias.defined() ? bias.detach().contiguous() : torch::zeros({x.size(-1)});
}

void KeepMask(AutogradContext* context, double dropout, std::int64_t seed) {
  context->saved_data["dropout"] = dropout;
  context->saved_data["seed"] = seed;
}

Mask KeptMask(AutogradContext* context) {
  return {context->saved_data["dropout"].toDouble(),
          static_cast<std::uint64_t>(context->saved_data["seed"].toInt())};
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
    OfTypeOf(x, [&](auto number) {
      using Number = decltype(number);
      OnRows(x, Mask(dropout, static_cast<std::uint64_t>(seed)), [&](const Task& task) {
        GeluRows(y.data_ptr<Number>(), derivative.data_ptr<Number>(), NumbersOf(added), task.rows);
      });
    });
    context->save_for_backward({derivative});
    context->saved_data["has_bias"] = bias.has_value();
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const torch::Tensor derivative = context->get_saved_variables()[0];
    const torch::Tensor gradient = outputs[0].contiguous(), of_x = InPlaceOf(derivative);
    torch::Tensor of_bias;
    OfTypeOf(of_x, [&](auto number) {
      using Number = decltype(number);
      of_bias = OnRows(of_x, Mask(0, 0), [&](const Task& task) {
        MultiplyRows(of_x.data_ptr<Number>(), gradient.data_ptr<Number>(),
                     derivative.data_ptr<Number>(), task.sums, task.rows);
      });
    });
    derivative.unsafeGetTensorImpl()->bump_version();  // a second backward pass is refused
    return {of_x, OfGivenBias(context, of_bias), {}, {}};
  }
};

class AddFunction : public torch::autograd::Function<AddFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& y, const c10::optional<torch::Tensor>& bias,
                               double dropout, std::int64_t seed) {
    RECORD_USER_SCOPE("AddDropped");
    KeepMask(context, dropout, seed);
    context->saved_data["has_bias"] = bias.has_value();
    const torch::Tensor added = BiasOrZeros(bias.value_or(torch::Tensor()), x);
    const torch::Tensor term = x.contiguous(), sum = InPlaceOf(y.contiguous());
    OnRows(sum, Mask(dropout, static_cast<std::uint64_t>(seed)), [&](const Task& task) {
      AddRows(sum.data_ptr<float>(), NumbersOf(term), NumbersOf(sum), NumbersOf(added), task.rows);
    });
    y.unsafeGetTensorImpl()->bump_version();  // who kept it for his backward pass is told
    return sum;
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const torch::Tensor gradient = outputs[0].contiguous();
    const Mask mask = KeptMask(context);
    if (!mask.drops() && !context->saved_data["has_bias"].toBool()) {
      return {gradient, gradient, {}, {}, {}};
    }
    torch::Tensor of_y = mask.drops() ? torch::empty_like(gradient) : gradient;
    const torch::Tensor of_bias = OnRows(of_y, mask, [&](const Task& task) {
      MaskRows(of_y.data_ptr<float>(), NumbersOf(gradient), task.sums, task.rows);
    });
    return {gradient, of_y, OfGivenBias(context, of_bias), {}, {}};
  }
};

/// 0 if there is nothing to draw.
std::uint64_t SeedFor(double dropout) { return dropout > 0.0 ? NewMaskSeed() : 0; }

torch::Tensor Masked(const torch::Tensor& x, double dropout, std::uint64_t seed) {
  return dropout > 0.0 ? x * DropoutMaskOfRows(dropout, seed, x) : x;
}

torch::Tensor GeluInPlace(const torch::Tensor& x, const torch::Tensor& bias) {
  RECORD_USER_SCOPE("GeluInPlace");
  const torch::Tensor in = x.contiguous(), added = BiasOrZeros(bias, x);
  OfTypeOf(in, [&](auto number) {
    using Number = decltype(number);
    OnRows(in, Mask(0, 0), [&](const Task& task) {
      GeluRowsAlone(in.data_ptr<Number>(), in.data_ptr<Number>(), NumbersOf(added), task.rows);
    });
  });
  return in;
}

}  // namespace

torch::Tensor GeluDropout(torch::Tensor x, const torch::Tensor& bias, double dropout) {
  const std::uint64_t seed = SeedFor(dropout);
  const bool of_bfloat16 = x.device().is_cpu() && x.scalar_type() == torch::kBFloat16;
  if (!HasKernels(x) && !of_bfloat16) {
    return Masked(torch::gelu(bias.defined() ? x + bias : x), dropout, seed);
  }
  if (!torch::GradMode::is_enabled() && dropout <= 0.0) return GeluInPlace(x, bias);
  return GeluFunction::apply(x.contiguous(), IfDefined(bias), dropout,
                             static_cast<std::int64_t>(seed));
}

torch::Tensor AddDropped(const torch::Tensor& x, torch::Tensor y, const torch::Tensor& bias,
                         double dropout) {
  const std::uint64_t seed = SeedFor(dropout);
  if (!HasKernels(y)) return x + Masked(bias.defined() ? y + bias : y, dropout, seed);
  return AddFunction::apply(x, y, IfDefined(bias), dropout, static_cast<std::int64_t>(seed));
}

}  // namespace sweepformer::model
