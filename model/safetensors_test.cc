#include "model/safetensors.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "model/testing.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/testing.h"

namespace sweepformer::model {
namespace {

using testing::FormatSafetensors;

TensorFile Sample() {
  return {{{"a", torch::arange(6, torch::kFloat32).view({2, 3})},
           {"b.weight", torch::tensor({1.5, -2.0}, torch::kFloat64)},
           {"bytes", torch::tensor({1, 2, 255}, torch::kUInt8)},
           {"empty", torch::empty({0, 4})},
           {"scalar", torch::tensor(7, torch::kInt64)}},
          {{"run", "cafe"}}};
}

/// A file of this header and so many bytes after it.
std::string FileOf(const std::string& header, std::size_t bytes = 0) {
  const std::uint64_t length = header.size();
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  return file + header + std::string(bytes, '\0');
}

std::string Problem(const std::string& bytes) { return ParseSafetensors(bytes).status().message(); }

/// What is wrong with a file of tensor 'x' alone.
std::string ProblemOf(const std::string& entry, std::size_t bytes = 8) {
  return Problem(FileOf("{\"x\":" + entry + "}", bytes));
}

TEST_CASE("tensors of every type come back as they were written", "[safetensors]") {
  for (const auto type :
       {torch::kFloat64, torch::kFloat32, torch::kFloat16, torch::kBFloat16, torch::kInt64,
        torch::kInt32, torch::kInt16, torch::kInt8, torch::kUInt8, torch::kBool}) {
    const torch::Tensor tensor = torch::arange(6).view({2, 3}).to(type);
    const auto file = ParseSafetensors(FormatSafetensors({{{"x", tensor}}, {}}));
    REQUIRE(file.ok());
    CHECK(file.value().tensors.at("x").scalar_type() == type);
    CHECK(torch::equal(file.value().tensors.at("x"), tensor));
  }
  CHECK_THROWS_AS(FormatSafetensors({{{"x", torch::zeros({1}, torch::kComplexFloat)}}, {}}),
                  c10::Error);
}

TEST_CASE("a file keeps names, shapes and metadata", "[safetensors]") {
  const auto file = ParseSafetensors(FormatSafetensors(Sample()));
  REQUIRE(file.ok());
  CHECK(file.value().metadata == Sample().metadata);
  REQUIRE(file.value().tensors.size() == 5);
  for (const auto& [name, tensor] : Sample().tensors) {
    CHECK(file.value().tensors.at(name).sizes() == tensor.sizes());
    CHECK(torch::equal(file.value().tensors.at(name), tensor));
  }
}

TEST_CASE("a transposed tensor is written as it looks", "[safetensors]") {
  const torch::Tensor tensor = torch::arange(6).view({2, 3}).t();
  const auto file = ParseSafetensors(FormatSafetensors({{{"x", tensor}}, {}}));
  CHECK(torch::equal(file.value().tensors.at("x"), tensor));
}

TEST_CASE("the bytes are those the format prescribes", "[safetensors]") {
  const std::string bytes =
      FormatSafetensors({{{"x", torch::tensor({1, 2}, torch::kUInt8)}}, {{"run", "cafe"}}});
  const std::string header =
      R"({"__metadata__":{"run":"cafe"},"x":{"data_offsets":[0,2],"dtype":"U8","shape":[2]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  CHECK(bytes == FileOf(padded) + "\x01\x02");
}

TEST_CASE("a view of a file has its numbers and no memory of its own", "[safetensors]") {
  const std::string bytes = FormatSafetensors(Sample());
  const auto file = ViewSafetensors(bytes);
  REQUIRE(file.ok());
  for (const auto& [name, tensor] : file.value().tensors) {
    CHECK(torch::equal(tensor, Sample().tensors.at(name)));
    if (tensor.numel() == 0) continue;
    const auto* const begin = static_cast<const char*>(tensor.data_ptr());
    CHECK((begin >= bytes.data() && begin + tensor.nbytes() <= bytes.data() + bytes.size()));
  }
}

TEST_CASE("every cut of a file is refused", "[safetensors]") {
  const std::string whole = FormatSafetensors(Sample());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(ParseSafetensors(whole.substr(0, size)).ok());
  }
  CHECK_FALSE(ParseSafetensors(whole + "x").ok());
}

TEST_CASE("a header that lies is refused and says how", "[safetensors]") {
  CHECK(Problem("") == "it has 0 bytes: no safetensors file");
  CHECK(Problem(std::string(8, '\xff')) ==
        "its header would take 18446744073709551615 bytes and the file has 8: it was cut off or is "
        "no safetensors file");
  CHECK(Problem(FileOf("[1]")) == "its header is not a JSON object");
  CHECK(Problem(FileOf("{")) == "its header is not a JSON object");
  CHECK(Problem(FileOf(R"({"__metadata__":{"run":1}})")) ==
        "__metadata__ holds something else than text");
  CHECK(ProblemOf("7") == "tensor 'x': unknown dtype null");
  CHECK(ProblemOf(R"({"dtype":"F8","shape":[8],"data_offsets":[0,8]})") ==
        "tensor 'x': unknown dtype \"F8\"");
  CHECK(ProblemOf(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})") ==
        "tensor 'x': shape is not a list of whole numbers");
  CHECK(ProblemOf(R"({"dtype":"F32","shape":[2],"data_offsets":[0]})") ==
        "tensor 'x': data_offsets are not two numbers");
  CHECK(ProblemOf(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})") ==
        "tensor 'x': data_offsets [8,0] do not fit F32 [2]");
  CHECK(ProblemOf(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})") ==
        "tensor 'x': data_offsets [0,8] do not fit F32 [3]");
}

TEST_CASE("a shape beyond all files is refused before anything is allocated", "[safetensors]") {
  CHECK(ProblemOf(R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]})", 0) ==
        "tensor 'x': data_offsets [0,0] do not fit F32 [4294967296,4294967296]");
  CHECK(ProblemOf(R"({"dtype":"U8","shape":[4096],"data_offsets":[0,4096]})") ==
        "the tensors take 4096 bytes and the file holds 8: it was cut off or is no safetensors "
        "file");
}

TEST_CASE("tensors that overlap or leave a gap are refused", "[safetensors]") {
  const auto two = [](const std::string& second) {
    return Problem(FileOf(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":)"
                          R"({"dtype":"U8","shape":[4],"data_offsets":)" +
                              second + "}}",
                          8));
  };
  CHECK(two("[4,8]").empty());
  CHECK(two("[2,6]") == "tensor 'b' begins at byte 2, where 4 was expected");
  CHECK(two("[5,9]") == "tensor 'b' begins at byte 5, where 4 was expected");
}

TEST_CASE("a file that is none is named", "[safetensors]") {
  const sweepformer::testing::TempFolder folder;
  REQUIRE(WriteFileAtomic(folder / "w", "nothing").ok());
  CHECK(ReadSafetensors(folder / "w").status().message() ==
        (folder / "w").string() + ": it has 7 bytes: no safetensors file");
  CHECK(ReadSafetensors(folder / "x").status().code() == Code::kNotFound);
}

}  // namespace
}  // namespace sweepformer::model
