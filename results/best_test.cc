#include "results/best.h"

#include "results/comparison_testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

TEST_CASE("rows are ranked and told from the best", "[best]") {
  Demo f;
  const auto best = FindBest(f.Ask({}).value(), {"accuracy", {}});
  REQUIRE(best.ok());
  CHECK(best->ranking == std::vector<std::size_t>{0, 1, 2});
  CHECK_FALSE(best->behind[0]);
  CHECK(*best->behind[2]->mean == Approx(-0.05));
  CHECK(*best->behind[2]->p_holm == Approx(2 * *best->behind[2]->p()));
}

TEST_CASE("the best is looked for among rows that meet a rule", "[best]") {
  Demo f;
  const Comparison comparison = f.Ask({.metrics = {"accuracy", "peak_tensor_bytes"}}).value();
  const auto best = FindBest(comparison, {"accuracy", "peak_tensor_bytes > 10.5 * 1048576"});
  REQUIRE(best.ok());
  CHECK(best->ranking == std::vector<std::size_t>{1, 2});
  CHECK(best->left_out == 1);
  CHECK(FindBest(comparison, {"accuracy", "accuracy > 2"}).status().code() == Code::kNotFound);
}

TEST_CASE("what --best and --within cannot use is said", "[best]") {
  Demo f;
  const Comparison comparison = f.Ask({.metrics = {"accuracy", "peak_tensor_bytes"}}).value();
  const auto error = [&](const std::string& metric, const std::optional<std::string>& within) {
    return FindBest(comparison, {metric, within}).status().message();
  };
  CHECK(error("acuracy", {}) ==
        "--best: 'acuracy' is not compared, did you mean 'accuracy'?; add it to --metric");
  CHECK(error("peak_tensor_bytes", {}).starts_with("--best: nothing says whether more or less"));
  CHECK(error("accuracy", "acuracy > 1").find("did you mean 'accuracy'?") != std::string::npos);
  CHECK(error("accuracy", "1; DROP TABLE means").starts_with("--within \"1; DROP TABLE means\""));
}
