#include "tools/bench/step_products.h"

#include <torch/types.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "model/kernels/gemm.h"
#include "model/stopwatch.h"
#include "model/timings.h"

namespace sweepformer::bench {
namespace {

using model::MatrixView;

/// `times` a step: a [batch, rows, inner] times b [batch, inner, columns].
struct Product {
  std::int64_t times, batch, rows, inner, columns;
  bool transposed = false;  ///< b lies in memory as [batch, columns, inner]
};

std::vector<Product> ForwardProducts(const StepShape& step) {
  const std::int64_t rows = step.batch * step.tokens, width = step.d_model;
  const bool compressed = step.design == "linformer";
  const std::int64_t keys = compressed ? step.slots : step.tokens;
  const std::int64_t heads = step.batch * step.heads, of_head = width / step.heads;
  std::vector<Product> products = {
      {2, 1, rows, width, width, true},               // queries, what heads say
      {2, 1, step.batch * keys, width, width, true},  // keys and values
      {1, heads, step.tokens, of_head, keys, true},   // scores
      {1, heads, step.tokens, keys, of_head},         // what they weigh
      {1, 1, rows, width, step.d_ff, true},           // the feed-forward sublayer
      {1, 1, rows, step.d_ff, width, true},
  };
  if (compressed) products.push_back({2, step.batch, keys, step.tokens, width});
  for (Product& product : products) product.times *= step.layers;
  return products;
}

MatrixView ViewOf(const torch::Tensor& x) {
  const bool transposed = x.stride(1) != 1;
  return {x.data_ptr<float>(), transposed ? x.stride(1) : x.stride(0), transposed};
}

void MultiplyByOneDnn(const torch::Tensor& a, const torch::Tensor& b, const torch::Tensor& c) {
  for (std::int64_t i = 0; i < a.size(0); ++i) {
    const torch::Tensor result = c[i];
    model::Gemm({a.size(1), b.size(2), a.size(2)}, 1, ViewOf(a[i]), ViewOf(b[i]), 0,
                result.data_ptr<float>(), result.stride(0));
  }
}

double MedianSeconds(const std::function<void()>& pass) {
  constexpr int kPasses = 5;
  pass();
  std::vector<double> seconds;
  for (int i = 0; i < kPasses; ++i) {
    const model::Stopwatch watch;
    pass();
    seconds.push_back(watch.seconds());
  }
  return model::SpreadOf(seconds).median;
}

double FasterSeconds(const torch::Tensor& a, const torch::Tensor& b) {
  torch::Tensor c = torch::empty({a.size(0), a.size(1), b.size(2)});
  return std::min(MedianSeconds([&] { MultiplyByOneDnn(a, b, c); }),
                  MedianSeconds([&] { torch::bmm_out(c, a, b); }));
}

/// Forward, and the gradients of both factors.
double SecondsOf(const Product& product) {
  const torch::Tensor a = torch::randn({product.batch, product.rows, product.inner});
  const torch::Tensor b =
      product.transposed
          ? torch::randn({product.batch, product.columns, product.inner}).transpose(1, 2)
          : torch::randn({product.batch, product.inner, product.columns});
  const torch::Tensor gradient = torch::randn({product.batch, product.rows, product.columns});
  return FasterSeconds(a, b) + FasterSeconds(gradient, b.transpose(1, 2)) +
         FasterSeconds(a.transpose(1, 2), gradient);
}

}  // namespace

double SecondsOfProducts(const StepShape& step) {
  if (step.design != "full" && step.design != "linformer") return 0;
  const torch::NoGradGuard no_grad;
  double seconds = 0;
  for (const Product& product : ForwardProducts(step)) {
    seconds += static_cast<double>(product.times) * SecondsOf(product);
  }
  return seconds;
}

}  // namespace sweepformer::bench
