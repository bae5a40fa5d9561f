#include "model/state_archive.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

namespace sweepformer::model {
namespace {

TEST_CASE("numbers, texts and tensors come back bit for bit", "[state_archive]") {
  StateArchive saved;
  std::vector<double> numbers = {0.1, -0.0, 5e-324, 1e300 / 3,
                                 std::numeric_limits<double>::infinity()};
  std::int64_t whole = std::numeric_limits<std::int64_t>::min();
  std::string text = "two\nlines";
  const torch::Tensor tensor = torch::rand({2, 3});
  for (std::size_t i = 0; i < numbers.size(); ++i) saved.Visit(std::to_string(i), numbers[i]);
  saved.Visit("whole", whole);
  saved.Visit("text", text);
  saved.Visit("tensor", tensor);

  StateArchive loaded(saved.file());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    double number = 7;
    loaded.Visit(std::to_string(i), number);
    CHECK(number == numbers[i]);
    CHECK(std::signbit(number) == std::signbit(numbers[i]));
  }
  std::int64_t whole_again = 0;
  std::string text_again;
  const torch::Tensor tensor_again = torch::zeros({2, 3});
  loaded.Visit("whole", whole_again);
  loaded.Visit("text", text_again);
  loaded.Visit("tensor", tensor_again);
  CHECK(whole_again == whole);
  CHECK(text_again == text);
  CHECK(torch::equal(tensor_again, tensor));
  CHECK(loaded.status().ok());
}

TEST_CASE("what is missing or does not fit is said, the first of it", "[state_archive]") {
  const TensorFile file{{{"x", torch::zeros({2})}}, {}};
  StateArchive other_shape(file), other_type(file), missing(file);
  other_shape.Visit("x", torch::zeros({3}));
  other_type.Visit("x", torch::zeros({2}, torch::kFloat64));
  for (const auto* archive : {&other_shape, &other_type}) {
    CHECK(archive->status().message() == "its 'x' has another shape or type than this run's");
  }
  std::int64_t number = 5;
  missing.Visit("n", number);
  missing.Visit("x", torch::zeros({3}));
  CHECK(missing.status().message() == "its 'n' is missing");
}

}  // namespace
}  // namespace sweepformer::model
