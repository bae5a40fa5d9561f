#include "model/spectrum.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

namespace sweepformer::model {
namespace {

std::vector<double> SpectrumOf(const torch::Tensor& matrix) {
  return CumulativeSpectra(matrix.unsqueeze(0)).front();
}

/// Numbers that agree to rounding.
void CheckEqual(const std::vector<double>& values, const std::vector<double>& expected) {
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    CHECK(values[i] == Approx(expected[i]).epsilon(1e-12));
  }
}

TEST_CASE("matrices of known singular values have their spectra", "[analysis]") {
  const std::vector<double> even = {0.25, 0.5, 0.75, 1}, one = {1, 1, 1, 1};
  CheckEqual(SpectrumOf(torch::eye(4)), even);
  CheckEqual(SpectrumOf(torch::eye(4).index_select(0, torch::tensor({2, 0, 3, 1}))), even);
  CheckEqual(SpectrumOf(torch::full({4, 4}, 0.25)), one);  // each token looks at all alike
  const torch::Tensor row = torch::tensor({0.1, 0.2, 0.3, 0.4}, torch::kFloat64);
  CheckEqual(SpectrumOf(row.expand({4, 4})), one);  // all tokens look at the same ones: rank 1
  CheckEqual(SpectrumOf(torch::diag(torch::tensor({-2.0, 5.0, 1.0, 0.0}))),
             {5.0 / 8, 7.0 / 8, 1, 1});
}

TEST_CASE("each head has a spectrum of its own", "[analysis]") {
  const auto spectra = CumulativeSpectra(torch::stack({torch::eye(2), torch::ones({2, 2})}));
  REQUIRE(spectra.size() == 2);
  CheckEqual(spectra[0], {0.5, 1});
  CheckEqual(spectra[1], {1, 1});
}

TEST_CASE("a random matrix has the spectrum of the quarter circle law", "[analysis]") {
  torch::manual_seed(1);
  const std::int64_t n = 400;
  const auto spectrum = SpectrumOf(torch::randn({n, n}));
  // Singular values / √n have the density √(4 - s²) / π on [0, 2], the mean 8 / (3π).
  const double pi = std::acos(-1.0);
  const double above_one = (2 * pi / 3 - std::sqrt(3.0) / 2) / pi;
  const double their_share = std::sqrt(3.0) / pi / (8 / (3 * pi));
  const auto i = static_cast<std::size_t>(std::lround(above_one * static_cast<double>(n)));
  CHECK(spectrum[i - 1] == Approx(their_share).margin(0.01));
  CHECK(std::is_sorted(spectrum.begin(), spectrum.end()));
  CHECK(spectrum.back() == 1);
}

}  // namespace
}  // namespace sweepformer::model
