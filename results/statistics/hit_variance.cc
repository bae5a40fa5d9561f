#include "results/statistics/hit_variance.h"

#include <algorithm>

namespace sweepformer {
namespace {

double Square(double number) { return number * number; }

/// Sums over the items of products of the differences of two seeds.
struct Products {
  double of_same = 0;  ///< each seed's with itself
  double of_all = 0;   ///< every seed's with every one
};

Products ProductsOf(std::span<const HitBits> a, std::span<const HitBits> b) {
  Products products;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const auto product = CountBoth(a[i], a[j]) - CountBoth(a[i], b[j]) - CountBoth(b[i], a[j]) +
                           CountBoth(b[i], b[j]);
      products.of_all += static_cast<double>(i == j ? product : 2 * product);
      if (i == j) products.of_same += static_cast<double>(product);
    }
  }
  return products;
}

}  // namespace

HitVariance HitVarianceOf(std::span<const HitBits> a, std::span<const HitBits> b) {
  const double seeds = static_cast<double>(a.size());
  const double items = static_cast<double>(a.front().items());
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double more = static_cast<double>(a[i].CountRight() - b[i].CountRight());
    sum += more;
    squares += Square(more);
  }
  const Products products = ProductsOf(a, b);
  const double of_mean = Square(sum) / (seeds * items);
  const double seed_squares = squares / items - of_mean;
  const double item_squares = products.of_all / seeds - of_mean;
  const double rest = products.of_same - of_mean - seed_squares - item_squares;

  const double seed_mean_square = seed_squares / (seeds - 1);
  const double item_mean_square = item_squares / (items - 1);
  const double luck = std::max(0.0, rest) / ((seeds - 1) * (items - 1));
  const double true_items = std::max(0.0, item_mean_square - luck);
  return {std::max(0.0, seed_mean_square) / (seeds * items), true_items / (seeds * items),
          true_items > 0 ? true_items / item_mean_square : 0};
}

}  // namespace sweepformer
