#include "orchestrator/exec/cpu_shares.h"

#include <catch2/catch.hpp>

using namespace sweepformer;
using Cpus = std::vector<int>;

TEST_CASE("the least used CPUs are dealt out first", "[cpus]") {
  CpuShares shares({0, 1, 4, 5});
  CHECK(shares.Take(1) == Cpus{0});
  CHECK(shares.Take(2) == Cpus{1, 4});
  CHECK(shares.Take(1) == Cpus{5});
  CHECK(shares.Take(1) == Cpus{0});
  shares.Give({4});
  CHECK(shares.Take(1) == Cpus{4});
}

TEST_CASE("asking for more CPUs than there are gives all of them", "[cpus]") {
  CpuShares shares({2, 3});
  CHECK(shares.Take(8) == Cpus{2, 3});
  CHECK(shares.Take(0) == Cpus{2});
}

TEST_CASE("this process may use at least one CPU", "[cpus]") { CHECK_FALSE(UsableCpus().empty()); }
