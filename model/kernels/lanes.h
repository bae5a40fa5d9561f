#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

// Numbers side by side, in the compilers' vector extension: +, *, <, ?: and the rest act on all
// lanes at once, with whatever instructions the function around them is compiled for. 8 lanes are
// one register of AVX2, two of SSE and NEON; of more than fit a register GCC compares one by one.

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/// Compiles a function for several instruction sets; the best one this CPU has is chosen when the
/// program is loaded. Sanitizers do not survive that choice.
#define SF_KERNEL __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define SF_KERNEL
#endif

/// What kernels are made of: becomes part of each, so that it is compiled for the same
/// instructions.
#define SF_INLINED __attribute__((always_inline))
#define SF_LANES inline SF_INLINED

namespace sweepformer::model::lanes {

inline constexpr std::int64_t kLanes = 8;

using Floats = float __attribute__((vector_size(32)));
using Ints = std::int32_t __attribute__((vector_size(32)));
using Words = std::uint32_t __attribute__((vector_size(32)));

SF_LANES Floats Load(const float* from) {
  Floats x;
  std::memcpy(&x, from, sizeof x);
  return x;
}

SF_LANES void Store(float* to, const Floats& x) { std::memcpy(to, &x, sizeof x); }

/// The first `count` < kLanes numbers; zeros behind them.
SF_LANES Floats LoadFirst(const float* from, std::int64_t count) {
  Floats x{};
  std::memcpy(&x, from, static_cast<std::size_t>(count) * sizeof(float));
  return x;
}

SF_LANES void StoreFirst(float* to, const Floats& x, std::int64_t count) {
  std::memcpy(to, &x, static_cast<std::size_t>(count) * sizeof(float));
}

SF_LANES float Sum(const Floats& x) {
  float sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += x[i];
  return sum;
}

SF_LANES float Max(const Floats& x) {
  float largest = x[0];
  for (int i = 1; i < kLanes; ++i) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

SF_LANES Floats Abs(const Floats& x) { return x < 0.0F ? -x : x; }

SF_LANES Floats Larger(const Floats& a, const Floats& b) { return a > b ? a : b; }

/// eˣ for x <= 88; 0 below -87 (there are no subnormals).
/// x = n ln 2 + r with |r| <= ln 2 / 2, and e^r by its Taylor polynomial.
SF_LANES Floats Exp(const Floats& x) {
  constexpr float kLog2E = 1.44269504F, kShift = 12582912.0F;  // 1.5 · 2²³ rounds to whole numbers
  constexpr float kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;
  const Floats shifted = x * kLog2E + kShift;
  const Floats n = shifted - kShift;
  const Floats r = (x - n * kLn2High) - n * kLn2Low;
  Floats p = r * (1.0F / 5040) + 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  p = p * r * r + r + 1.0F;
  const Ints exponent = std::bit_cast<Ints>(shifted) << 23;  // n in the exponent's place
  const Ints scaled = std::bit_cast<Ints>(p) + exponent;
  return x < -87.0F ? Floats{} : std::bit_cast<Floats>(scaled);
}

/// The standard normal distribution at x: its density and its distribution function.
struct Normal {
  Floats density;
  Floats below;
};

/// erfc(z) = t P(t) exp(-z²) with t = 1 / (1 + 0.3 z) (the form of Abramowitz and Stegun 7.1.26);
/// P was fitted to a relative error of 2e-8 for 0 <= z <= 10, beyond which floats have zero.
SF_LANES Normal NormalAt(const Floats& x) {
  constexpr float kInverseRoot2 = 0.707106781F, kInverseRoot2Pi = 0.398942280F;
  const Floats bell = Exp(x * x * -0.5F);
  const Floats t = 1.0F / (Abs(x) * (0.3F * kInverseRoot2) + 1.0F);
  Floats p = t * -1.2952312568e-01F + 4.8556435003e-01F;
  p = p * t - 5.1228059955e-01F;
  p = p * t + 5.4772310658e-01F;
  p = p * t - 9.4653017404e-02F;
  p = p * t + 2.1492711722e-01F;
  p = p * t + 1.4833887440e-01F;
  p = p * t + 1.7071527257e-01F;
  p = p * t + 1.6918800225e-01F;
  const Floats tail = p * t * bell * 0.5F;
  return {bell * kInverseRoot2Pi, x < 0.0F ? tail : 1.0F - tail};
}

}  // namespace sweepformer::model::lanes
