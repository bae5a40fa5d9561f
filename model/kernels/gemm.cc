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

memory::desc Describe(std::int64_t rows, std::int64_t columns, memory::data_type type,
                      std::int64_t stride, bool transposed = false) {
  const memory::dims strides = transposed ? memory::dims{1, stride} : memory::dims{stride, 1};
  return {{rows, columns}, type, strides};
}

template <typename Number>
struct Product {
  GemmShape shape;
  HalfView a, b;
  Addend addend;
  Number* c;
  std::int64_t c_stride;
};

/// Of its numbers, or of any: they are told when it is computed.
template <typename Number>
dnnl::matmul::desc DescribeMatmul(const Product<Number>& of, Shape kind) {
  const auto size = [&](std::int64_t n) {
    return kind == Shape::kVaries ? DNNL_RUNTIME_DIM_VAL : n;
  };
  const auto half = memory::data_type::bf16;
  const auto rows = size(of.shape.rows), columns = size(of.shape.columns),
             inner = size(of.shape.inner);
  const memory::desc a = Describe(rows, inner, half, size(of.a.stride), of.a.transposed),
                     b = Describe(inner, columns, half, size(of.b.stride), of.b.transposed),
                     c = Describe(rows, columns, TypeOf(of.c), size(of.c_stride));
  if (of.addend.by_column == nullptr) return dnnl::matmul::desc(a, b, c);
  return dnnl::matmul::desc(a, b, Describe(1, columns, memory::data_type::f32, columns), c);
}

template <typename Number>
void Compute(const Product<Number>& of, Shape kind) {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::post_ops afterwards;
  if (of.addend.result) afterwards.append_sum();
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(afterwards);
  const dnnl::matmul::primitive_desc chosen(DescribeMatmul(of, kind), attributes, engine);

  const dnnl_matmul_desc_t exact = DescribeMatmul(of, Shape::kRecurs).data;
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

/// As many rows as recur whatever a batch holds, then the rest.
template <typename Number>
void ComputeInParts(Product<Number> of) {
  constexpr std::int64_t kStep = 256;
  const std::int64_t rest = of.shape.rows % kStep, even = of.shape.rows - rest;
  if (even > 0) {
    of.shape.rows = even;
    Compute(of, Shape::kRecurs);
  }
  if (rest == 0) return;
  of.shape.rows = rest;
  of.a.numbers += even * (of.a.transposed ? 1 : of.a.stride);
  of.c += even * of.c_stride;
  Compute(of, Shape::kVaries);
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
  const auto [rows, columns, inner] = of.shape;
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
void Compute(Shape kind, const Product<Number>& of) {
  const auto [rows, columns, inner] = of.shape;
  TORCH_CHECK(inner > 0, "a product of no numbers");
  if (rows == 0 || columns == 0) return;
  if (emulates_bfloat16) return ComputeWidened(of);
  if (kind == Shape::kRecurs) return ComputeInParts(of);
  Compute(of, Shape::kVaries);
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

void Gemm(Shape kind, const GemmShape& shape, const HalfView& a, const HalfView& b,
          const Addend& addend, float* c, std::int64_t c_stride) {
  Compute(kind, Product<float>{shape, a, b, addend, c, c_stride});
}

void Gemm(Shape kind, const GemmShape& shape, const HalfView& a, const HalfView& b,
          const Addend& addend, BFloat16* c, std::int64_t c_stride) {
  Compute(kind, Product<BFloat16>{shape, a, b, addend, c, c_stride});
}

}  // namespace sweepformer::model
