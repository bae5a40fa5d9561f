#include "orchestrator/core/split_mix.h"

#include <catch2/catch.hpp>

using namespace sweepformer;

TEST_CASE("the generator gives the published numbers of SplitMix64", "[core]") {
  // https://rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64, seed 1234567
  SplitMix64 random(1234567);
  CHECK(random.Next() == 6457827717110365317u);
  CHECK(random.Next() == 3203168211198807973u);
  CHECK(random.Next() == 9817491932198370423u);
  CHECK(random.Next() == 4593380528125082431u);
  CHECK(random.Next() == 16408922859458223821u);
}
