#pragma once

#include <c10/util/BFloat16.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

// Numbers side by side, in the compilers' vector extension: +, *, <, ?: and the rest act on all
// lanes at once, with whatever instructions the function around them is compiled for. 8 lanes are
// one register of AVX2, two of SSE and NEON; of more than fit a register GCC compares one by one.
// Most kernels have 16 lanes too, for AVX-512.

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
/// Compiles a function for AVX-512 alone: to be called where HasWideLanes().
#define SF_WIDE_KERNEL __attribute__((target("arch=x86-64-v4")))
#define SF_HAS_WIDE_KERNELS
#else
#define SF_WIDE_KERNEL
#endif

// Compile a function for several instruction sets; the best one this CPU has is chosen when the
// program is loaded. Sanitizers do not survive that choice.
#if defined(SF_HAS_WIDE_KERNELS) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SF_KERNEL __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#define SF_NARROW_KERNEL __attribute__((target_clones("default", "arch=x86-64-v3")))
#else
#define SF_KERNEL
#define SF_NARROW_KERNEL
#endif

/// Defines the kernel Name, which is NameWith<F>, a template of SF_LANES, with F = WideFloats where
/// HasWideLanes(), else Floats. Templates themselves cannot be compiled for several CPUs.
#define SF_DEFINE_KERNEL(Name, Parameters, Arguments)                                           \
  SF_NARROW_KERNEL static void Name##Narrow Parameters { Name##With<lanes::Floats> Arguments; } \
  SF_WIDE_KERNEL static void Name##Wide Parameters { Name##With<lanes::WideFloats> Arguments; } \
  void Name Parameters { lanes::HasWideLanes() ? Name##Wide Arguments : Name##Narrow Arguments; }

/// What kernels are made of: becomes part of each, so that it is compiled for the same
/// instructions.
#define SF_INLINED __attribute__((always_inline))
#define SF_LANES inline SF_INLINED

namespace sweepformer::model::lanes {

inline constexpr std::int64_t kLanes = 8;

using Floats = float __attribute__((vector_size(32)));
using Ints = std::int32_t __attribute__((vector_size(32)));
using Words = std::uint32_t __attribute__((vector_size(32)));
using Halves = std::uint16_t __attribute__((vector_size(16)));

using WideFloats = float __attribute__((vector_size(64)));
using WideWords = std::uint32_t __attribute__((vector_size(64)));
using WideHalves = std::uint16_t __attribute__((vector_size(32)));

/// Whether 16 lanes are one register here (AVX-512).
inline bool HasWideLanes() {
#ifdef SF_HAS_WIDE_KERNELS
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512cd");
#else
  return false;
#endif
}

/// Lanes of F.
template <typename F>
inline constexpr std::int64_t kLanesOf = sizeof(F) / sizeof(float);

/// Calls work(first, count) for `numbers` side by side: F at a time, then kLanes, the last of which
/// may be fewer. `work` is a generic lambda of the vector type.
template <typename F, typename Work>
SF_LANES void ForEachLanes(std::int64_t numbers, const Work& work) {
  std::int64_t at = 0;
  for (; at + kLanesOf<F> <= numbers; at += kLanesOf<F>) {
    work.template operator()<F>(at, kLanesOf<F>);
  }
  for (; at < numbers; at += kLanes) {
    work.template operator()<Floats>(at, numbers - at < kLanes ? numbers - at : kLanes);
  }
}

SF_LANES WideFloats Joined(const Floats& low, const Floats& high) {
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/// Of bfloat16, which is the upper half of a float32. F is Floats or WideFloats.
template <typename F, typename H>
SF_LANES F Widened(const H& x) {
  using W = std::conditional_t<sizeof(F) == sizeof(Floats), Words, WideWords>;
  return std::bit_cast<F>(__builtin_convertvector(x, W) << 16);
}

/// To the nearest, ties to even; what is no number stays none.
template <typename F>
SF_LANES auto Narrowed(const F& x) {
  using W = std::conditional_t<sizeof(F) == sizeof(Floats), Words, WideWords>;
  using H = std::conditional_t<sizeof(F) == sizeof(Floats), Halves, WideHalves>;
  constexpr std::uint32_t kNaN = 0x7FC0;
  const W bits = std::bit_cast<W>(x);
  const W rounded = (bits + ((bits >> 16) & 1) + 0x7FFF) >> 16;
  return __builtin_convertvector(x == x ? rounded : W{} + kNaN, H);
}

template <typename F = Floats>
SF_LANES F Load(const float* from) {
  F x;
  std::memcpy(&x, from, sizeof x);
  return x;
}

template <typename F = Floats>
SF_LANES F Load(const c10::BFloat16* from) {
  std::conditional_t<sizeof(F) == sizeof(Floats), Halves, WideHalves> x;
  std::memcpy(&x, from, sizeof x);
  return Widened<F>(x);
}

template <typename F>
SF_LANES void Store(float* to, const F& x) {
  std::memcpy(to, &x, sizeof x);
}

template <typename F>
SF_LANES void Store(c10::BFloat16* to, const F& x) {
  const auto narrow = Narrowed(x);
  std::memcpy(to, &narrow, sizeof narrow);
}

/// Of as many lanes as F has, or of the first `count` < kLanes of Floats; zeros behind them.
template <typename F = Floats, typename Number>
SF_LANES F LoadUpTo(const Number* from, std::int64_t count) {
  if (sizeof(F) > sizeof(Floats) || count == kLanes) return Load<F>(from);
  Number numbers[sizeof(F) / sizeof(float)] = {};
  std::memcpy(numbers, from, static_cast<std::size_t>(count) * sizeof(Number));
  return Load<F>(numbers);
}

template <typename F, typename Number>
SF_LANES void StoreUpTo(Number* to, const F& x, std::int64_t count) {
  if (sizeof(F) > sizeof(Floats) || count == kLanes) return Store(to, x);
  Number numbers[sizeof(F) / sizeof(float)];
  Store(numbers, x);
  std::memcpy(to, numbers, static_cast<std::size_t>(count) * sizeof(Number));
}

SF_LANES Floats Low(const WideFloats& x) {
  return __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7);
}
SF_LANES Floats High(const WideFloats& x) {
  return __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
}

// Sums are of halves, so that little waits for what comes before it.

SF_LANES float Sum(const Floats& x) {
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}
SF_LANES float Sum(const WideFloats& x) { return Sum(Low(x) + High(x)); }

SF_LANES float Larger(float a, float b) { return a > b ? a : b; }

SF_LANES float Max(const Floats& x) {
  return Larger(Larger(Larger(x[0], x[4]), Larger(x[2], x[6])),
                Larger(Larger(x[1], x[5]), Larger(x[3], x[7])));
}
SF_LANES float Max(const WideFloats& x) { return Larger(Max(Low(x)), Max(High(x))); }

/// Adds to some lanes of a sum.
template <typename F>
SF_LANES void AddTo(F& sum, const F& x) {
  sum += x;
}
SF_LANES void AddTo(WideFloats& sum, const Floats& x) { sum += Joined(x, Floats{}); }

/// Raises some lanes to those of x where these are larger.
template <typename F>
SF_LANES void RaiseTo(F& largest, const F& x) {
  largest = x > largest ? x : largest;
}
SF_LANES void RaiseTo(WideFloats& largest, const Floats& x) {
  const WideFloats both = Joined(x, x);
  largest = both > largest ? both : largest;
}

template <typename F>
SF_LANES F Abs(const F& x) {
  return x < 0.0F ? -x : x;
}

/// eˣ for x <= 88; 0 below -87 (there are no subnormals).
/// x = n ln 2 + r with |r| <= ln 2 / 2, and e^r by its Taylor polynomial.
template <typename F>
SF_LANES F Exp(const F& x) {
  using I = decltype(x < x);
  constexpr float kLog2E = 1.44269504F, kShift = 12582912.0F;  // 1.5 · 2²³ rounds to whole numbers
  constexpr float kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;
  const F shifted = x * kLog2E + kShift;
  const F n = shifted - kShift;
  const F r = (x - n * kLn2High) - n * kLn2Low;
  F p = r * (1.0F / 5040) + 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  p = p * r * r + r + 1.0F;
  const I exponent = std::bit_cast<I>(shifted) << 23;  // n in the exponent's place
  const I scaled = std::bit_cast<I>(p) + exponent;
  return x < -87.0F ? F{} : std::bit_cast<F>(scaled);
}

/// The standard normal distribution at x: its density and its distribution function.
template <typename F>
struct Normal {
  F density;
  F below;
};

/// erfc(z) = t P(t) exp(-z²) with t = 1 / (1 + 0.3 z) (the form of Abramowitz and Stegun 7.1.26);
/// P was fitted to a relative error of 2e-8 for 0 <= z <= 10, beyond which floats have zero.
template <typename F>
SF_LANES Normal<F> NormalAt(const F& x) {
  constexpr float kInverseRoot2 = 0.707106781F, kInverseRoot2Pi = 0.398942280F;
  const F bell = Exp<F>(x * x * -0.5F);
  const F t = 1.0F / (Abs(x) * (0.3F * kInverseRoot2) + 1.0F);
  F p = t * -1.2952312568e-01F + 4.8556435003e-01F;
  p = p * t - 5.1228059955e-01F;
  p = p * t + 5.4772310658e-01F;
  p = p * t - 9.4653017404e-02F;
  p = p * t + 2.1492711722e-01F;
  p = p * t + 1.4833887440e-01F;
  p = p * t + 1.7071527257e-01F;
  p = p * t + 1.6918800225e-01F;
  const F tail = p * t * bell * 0.5F;
  return {bell * kInverseRoot2Pi, x < 0.0F ? tail : 1.0F - tail};
}

}  // namespace sweepformer::model::lanes
