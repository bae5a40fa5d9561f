#include "orchestrator/spec/order.h"

#include <catch2/catch.hpp>

using namespace sweepformer;

TEST_CASE("nodes keep their order where nothing depends", "[spec]") {
  CHECK(SortByDependency({{{"b"}, {}}, {{"a"}, {}}, {{"c"}, {"other"}}}).sequence ==
        std::vector<std::size_t>{0, 1, 2});
}

TEST_CASE("nodes come after what they read, whatever its spelling", "[spec]") {
  CHECK(SortByDependency({{{"k"}, {"N"}}, {{"n"}, {"input"}}, {{"input"}, {}}}).sequence ==
        std::vector<std::size_t>{2, 1, 0});
}

TEST_CASE("a circle is named without the nodes that only lead to it", "[spec]") {
  const Order order =
      SortByDependency({{{"a"}, {"b"}}, {{"b"}, {"c"}}, {{"c"}, {"b"}}, {{"d"}, {}}});
  CHECK(order.cycle == std::vector<std::size_t>{1, 2});
  CHECK(SortByDependency({{{"x"}, {"x"}}}).cycle == std::vector<std::size_t>{0});
}
