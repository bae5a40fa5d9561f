#include "model/kernels/gemm.h"

#include <c10/util/Exception.h>
#include <oneapi/dnnl/dnnl.h>

#include <algorithm>
#include <atomic>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sweepformer::model {
namespace {

using c10::BFloat16;
using dnnl::memory;

std::atomic<bool> emulates_bfloat16 = false;

constexpr memory::data_type TypeOf(const float*) { return memory::data_type::f32; }
constexpr memory::data_type TypeOf(const BFloat16*) { return memory::data_type::bf16; }

template <typename Number>
struct Product {
  GemmShape shape;
  HalfView a, b;
  Addend addend;
  Number* c;
  std::int64_t c_stride;
  Batch batch = {};
};

enum class Sizes { kFixed, kToldLater };

/// How matrices lie: of their sizes, or of any.
struct Layout {
  Sizes sizes;
  bool batched;

  std::int64_t Of(std::int64_t n) const {
    return sizes == Sizes::kToldLater ? DNNL_RUNTIME_DIM_VAL : n;
  }

  memory::desc Describe(const Batch& batch, std::int64_t step, std::int64_t rows,
                        std::int64_t columns, memory::data_type type, std::int64_t stride,
                        bool transposed = false) const {
    const std::int64_t row = transposed ? 1 : Of(stride), column = transposed ? Of(stride) : 1;
    if (!batched) return {{Of(rows), Of(columns)}, type, memory::dims{row, column}};
    return {{Of(batch.count), Of(rows), Of(columns)}, type, memory::dims{Of(step), row, column}};
  }
};

template <typename Number>
dnnl::matmul::desc DescribeMatmul(const Product<Number>& of, Sizes sizes) {
  const Layout layout{sizes, of.batch.count > 1};
  const auto [rows, columns, inner, recurs] = of.shape;
  const auto half = memory::data_type::bf16;
  const memory::desc a = layout.Describe(of.batch, of.batch.a_step, rows, inner, half, of.a.stride,
                                         of.a.transposed),
                     b = layout.Describe(of.batch, of.batch.b_step, inner, columns, half,
                                         of.b.stride, of.b.transposed),
                     c = layout.Describe(of.batch, of.batch.c_step, rows, columns, TypeOf(of.c),
                                         of.c_stride);
  if (of.addend.by_column == nullptr) return dnnl::matmul::desc(a, b, c);
  const memory::desc bias({1, layout.Of(columns)}, memory::data_type::f32,
                          memory::dims{layout.Of(columns), 1});
  return dnnl::matmul::desc(a, b, bias, c);
}

template <typename Number>
void Compute(const Product<Number>& of, Sizes sizes) {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::post_ops afterwards;
  if (of.addend.result) afterwards.append_sum();
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(afterwards);
  const dnnl::matmul::primitive_desc chosen(DescribeMatmul(of, sizes), attributes, engine);

  const dnnl_matmul_desc_t exact = DescribeMatmul(of, Sizes::kFixed).data;
  const auto at = [&](const dnnl_memory_desc_t& lies, const void* numbers) {
    return memory(memory::desc(lies), engine, const_cast<void*>(numbers));  // only c is written
  };
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, at(exact.src_desc, of.a.numbers)},
      {DNNL_ARG_WEIGHTS, at(exact.weights_desc, of.b.numbers)},
      {DNNL_ARG_DST, at(exact.dst_desc, of.c)}};
  if (of.addend.by_column != nullptr) {
    arguments.emplace(DNNL_ARG_BIAS, at(exact.bias_desc, of.addend.by_column));
  }
  dnnl::stream stream(engine);
  dnnl::matmul(chosen).execute(stream, arguments);
  stream.wait();
}

/// As many rows as recur, then the rest. Where the sums go over a batch's rows, their number is no
/// size that recurs.
template <typename Number>
void ComputeInParts(Product<Number> of) {
  // Of few rows and a fixed inner size of 63 oneDNN 2.6 makes illegal instructions (its issue
  // 1661): no odd ones.
  if (of.shape.recurs && of.shape.inner % 2 == 0) return Compute(of, Sizes::kFixed);
  const bool splits = of.batch.count == 1 && !of.a.transposed;
  const std::int64_t even = splits ? of.shape.rows / kRowStep * kRowStep : 0;
  const std::int64_t rest = of.shape.rows - even;
  if (even > 0) {
    of.shape.rows = even;
    Compute(of, Sizes::kFixed);
  }
  if (rest == 0) return;
  of.shape.rows = rest;
  of.a.numbers += even * of.a.stride;
  of.c += even * of.c_stride;
  Compute(of, Sizes::kToldLater);
}

std::vector<float> Widened(const HalfView& x, std::int64_t rows, std::int64_t columns) {
  if (x.transposed) std::swap(rows, columns);
  std::vector<float> wide;
  wide.reserve(static_cast<std::size_t>(rows * columns));
  for (std::int64_t row = 0; row < rows; ++row) {
    wide.insert(wide.end(), x.numbers + row * x.stride, x.numbers + row * x.stride + columns);
  }
  return wide;
}

template <typename Number>
void ComputeWidened(const Product<Number>& of) {
  const auto [rows, columns, inner, recurs] = of.shape;
  const std::vector<float> a = Widened(of.a, rows, inner), b = Widened(of.b, inner, columns);
  std::vector<float> sums(static_cast<std::size_t>(rows * columns));
  Gemm(of.shape, 1, {a.data(), of.a.transposed ? rows : inner, of.a.transposed},
       {b.data(), of.b.transposed ? inner : columns, of.b.transposed}, 0, sums.data(), columns);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      float sum = sums[static_cast<std::size_t>(row * columns + column)];
      Number& to = of.c[row * of.c_stride + column];
      if (of.addend.by_column != nullptr) sum += of.addend.by_column[column];
      to = of.addend.result ? sum + static_cast<float>(to) : sum;
    }
  }
}

template <typename Number>
void ComputeEachWidened(Product<Number> of) {
  for (std::int64_t i = 0; i < of.batch.count; ++i) {
    ComputeWidened(of);
    of.a.numbers += of.batch.a_step;
    of.b.numbers += of.batch.b_step;
    of.c += of.batch.c_step;
  }
}

template <typename Number>
void Compute(const Product<Number>& of) {
  const auto [rows, columns, inner, recurs] = of.shape;
  TORCH_CHECK(inner > 0, "a product of no numbers");
  if (of.batch.count == 0 || rows == 0 || columns == 0) return;
  emulates_bfloat16 ? ComputeEachWidened(of) : ComputeInParts(of);
}

}  // namespace

void Gemm(const GemmShape& shape, float factor, const MatrixView& a, const MatrixView& b,
          float keep, float* c, std::int64_t c_stride) {
  const dnnl_status_t status =
      dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', shape.rows, shape.columns,
                 shape.inner, factor, a.numbers, a.stride, b.numbers, b.stride, keep, c, c_stride);
  TORCH_CHECK(status == dnnl_success, "oneDNN could not multiply ", shape.rows, " x ", shape.inner,
              " and ", shape.inner, " x ", shape.columns, " (status ", static_cast<int>(status),
              ")");
}

bool CpuMultipliesBfloat16() {
  // DNNL_MAX_CPU_ISA may keep oneDNN from what the CPU can.
  const auto isa = static_cast<unsigned>(dnnl_get_effective_cpu_isa());
  const auto least = static_cast<unsigned>(dnnl_cpu_isa_avx512_core_bf16);
  return (isa & least) == least;
}

bool EmulateBfloat16(bool emulate) { return emulates_bfloat16.exchange(emulate); }

void Gemm(const GemmShape& shape, const HalfView& a, const HalfView& b, const Addend& addend,
          float* c, std::int64_t c_stride) {
  Compute(Product<float>{shape, a, b, addend, c, c_stride});
}

void Gemm(const GemmShape& shape, const HalfView& a, const HalfView& b, const Addend& addend,
          BFloat16* c, std::int64_t c_stride) {
  Compute(Product<BFloat16>{shape, a, b, addend, c, c_stride});
}

void Gemm(const Batch& batch, const GemmShape& shape, const HalfView& a, const HalfView& b,
          float* c, std::int64_t c_stride) {
  Compute(Product<float>{shape, a, b, {}, c, c_stride, batch});
}

}  // namespace sweepformer::model
