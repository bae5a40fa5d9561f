#include "model/lstm_classifier.h"

#include <catch2/catch.hpp>

#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::MaxDifference;
using testing::Tokens;

LstmClassifierOptions Small(bool bidirectional, Pooling pooling = Pooling::kMean) {
  return {.vocab_size = 20,
          .classes = 2,
          .d_model = 6,
          .layers = 2,
          .bidirectional = bidirectional,
          .pooling = pooling};
}

TEST_CASE("an lstm steps over real tokens alone", "[lstm]") {
  const torch::NoGradGuard no_grad;
  const torch::Tensor batch = Tokens({7, 3}, 7, 20);
  for (const bool bidirectional : {false, true}) {
    for (const Pooling pooling : {Pooling::kMean, Pooling::kMax, Pooling::kCls}) {
      LstmClassifierImpl lstm(Small(bidirectional, pooling));
      const torch::Tensor alone = batch.narrow(0, 1, 1).narrow(1, 0, 3);
      CHECK(MaxDifference(lstm.forward(batch)[1], lstm.forward(alone)[0]) < 1e-6);
    }
  }
}

TEST_CASE("an lstm reads in order and a forward one sees no later token", "[lstm]") {
  const torch::NoGradGuard no_grad;
  const torch::Tensor tokens = Tokens({5}, 5, 20);
  torch::Tensor other = tokens.clone();
  other[0][4] = tokens[0][4] % 19 + 1;
  LstmClassifierImpl forward(Small(false, Pooling::kCls)), both(Small(true, Pooling::kCls));
  CHECK(torch::equal(forward.forward(tokens), forward.forward(other)));
  CHECK_FALSE(torch::equal(both.forward(tokens), both.forward(other)));
  LstmClassifierImpl mean(Small(false));
  CHECK(MaxDifference(mean.forward(tokens), mean.forward(tokens.flip(1))) > 1e-6);
}

TEST_CASE("an lstm has four gates per layer and direction", "[lstm]") {
  const auto count = [](bool bidirectional) {
    std::int64_t numbers = 0;
    for (const auto& parameter : LstmClassifierImpl(Small(bidirectional)).parameters()) {
      numbers += parameter.numel();
    }
    return numbers;
  };
  const std::int64_t rest = 20 * 6 + 2 * 6 + 2;
  CHECK(count(false) == rest + 2 * 4 * (6 * 6 + 6 * 6 + 2 * 6));
  CHECK(count(true) == rest + 2 * 2 * 4 * (3 * 6 + 3 * 3 + 2 * 3));
}

TEST_CASE("an lstm refuses a width it cannot halve", "[lstm]") {
  LstmClassifierOptions odd = Small(true);
  odd.d_model = 5;
  CHECK_THROWS_AS(LstmClassifierImpl(odd), c10::Error);
}

}  // namespace
}  // namespace sweepformer::model
