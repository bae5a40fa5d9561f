#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "model/blocked_attention.h"
#include "model/compressive_attention.h"
#include "model/description.h"
#include "model/fnet.h"
#include "model/full_attention.h"
#include "model/linear_attention.h"
#include "model/linformer_attention.h"
#include "model/longformer_attention.h"
#include "model/performer_attention.h"
#include "model/run_options.h"
#include "model/safetensors.h"
#include "model/testing.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/testing.h"

// Cases that other programs have computed; testdata/README.md is their page.

namespace sweepformer::model {
namespace {

using testing::FormatSafetensors;
using testing::MaxDifference;

/// One NAME.json with its NAME.safetensors.
struct GoldenCase {
  std::string design, level;
  Parameters options;
  double tolerance = 1e-5;
  std::map<std::string, torch::Tensor> tensors;

  torch::Tensor Find(const std::string& name) const {
    const auto found = tensors.find(name);
    return found == tensors.end() ? torch::Tensor() : found->second;
  }
  torch::Tensor pad_mask() const {
    const torch::Tensor mask = Find("pad_mask");
    return mask.defined() ? mask.to(torch::kBool) : mask;
  }
};

Value ToValue(const nlohmann::json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_boolean()) return std::int64_t{json.get<bool>()};
  return Canonical(json.get<double>());
}

GoldenCase ReadCase(const std::filesystem::path& path) {
  const nlohmann::json json = nlohmann::json::parse(ReadFile(path).value());
  GoldenCase golden;
  golden.design = json.at("design");
  golden.level = json.at("level");
  golden.tolerance = json.value("tolerance", golden.tolerance);
  const nlohmann::json options = json.value("options", nlohmann::json::object());
  for (const auto& [name, value] : options.items()) {
    golden.options[name] = ToValue(value);
  }
  std::filesystem::path weights = path;
  golden.tensors = ReadSafetensors(weights.replace_extension(".safetensors")).value().tensors;
  return golden;
}

/// The case's options as a run of so many tokens, width and heads has them.
Parameters RunOf(const GoldenCase& golden, std::int64_t tokens, std::int64_t width,
                 std::int64_t heads) {
  Parameters run = {{"attention", golden.design}, {"max_length", tokens}, {"d_model", width}};
  if (golden.design != "fnet") run["heads"] = heads;
  return testing::With(run, golden.options);
}

/// The sublayer the case describes, with the case's weights.
Attention MakeModule(const GoldenCase& golden, const Parameters& run) {
  const auto options = ReadRunOptions(run);
  INFO(options.status().message());
  REQUIRE(options.ok());
  const Attention module = options.value().model.attention({});
  module->eval();
  module->to(golden.Find("x").scalar_type());
  const torch::NoGradGuard no_grad;
  for (auto state : {module->named_parameters(), module->named_buffers()}) {
    for (const auto& own : state) {
      INFO(own.key() << " is not in the file");
      REQUIRE(golden.tensors.contains(own.key()));
      REQUIRE(golden.Find(own.key()).sizes() == own.value().sizes());
      own.value().copy_(golden.Find(own.key()));
    }
  }
  return module;
}

/// The design without its linear layers.
torch::Tensor AttendCore(const GoldenCase& golden, const torch::Tensor& q, const torch::Tensor& k,
                         const torch::Tensor& v) {
  const Parameters run = RunOf(golden, q.size(2), q.size(1) * q.size(3), q.size(1));
  ParameterReader reader(run, RunParameters());
  const AttentionOptions attention{.d_model = q.size(1) * q.size(3),
                                   .heads = q.size(1),
                                   .max_length = reader.Integer("max_length")};
  const torch::Tensor mask = golden.pad_mask();
  if (golden.design == "full") return BlockedAttention(q, k, v, mask);
  if (golden.design == "full-naive") return ScaledDotProductAttention(q, k, v, mask);
  if (golden.design == "linear") {
    const FeatureMap map = ReadFeatureMap(reader);
    return KernelAttention(ApplyFeatureMap(map, q), ApplyFeatureMap(map, k), v, mask);
  }
  if (golden.design == "performer") {
    return FavorAttention(ReadPerformerOptions(attention, reader).kind, q, k, v,
                          golden.Find("directions"), mask);
  }
  if (golden.design == "longformer") {
    const Band band = ReadBandSchedule(attention, reader).first;
    const torch::Tensor local = BandedAttention(q, k, v, band, mask);
    const torch::Tensor global =
        ScaledDotProductAttention(q.narrow(2, 0, band.globals), k, v, mask);
    return torch::cat({global, local.slice(2, band.globals)}, 2);
  }
  if (golden.design == "compressive") {
    const CompressiveOptions options = ReadCompressiveOptions(attention, reader);
    const auto segments = PlanSegments(options.memory, q.size(2));
    const auto pool = [&](const torch::Tensor& x) {
      return PoolOldTokens(options.compression, options.memory.ratio, segments, x, mask);
    };
    const Slots keys = pool(k);
    return SegmentAttention(segments, options.view, q, {k, v, mask},
                            {keys.x, pool(v).x, keys.none});
  }
  REQUIRE(golden.design == "linformer");
  const LinformerOptions options = ReadLinformerOptions(attention, reader);
  const torch::Tensor e = golden.Find("E"), f = golden.tensors.contains("F") ? golden.Find("F") : e;
  if (IsMatrix(options.projection)) return LinformerDotProductAttention(q, k, v, e, f, mask);
  const std::int64_t window = attention.max_length / options.projected_length;
  const Slots keys = PoolTokens(options.projection, window, k, mask, e);
  return ScaledDotProductAttention(q, keys.x, PoolTokens(options.projection, window, v, mask, f).x,
                                   keys.none);
}

torch::Tensor Compute(const GoldenCase& golden) {
  const torch::NoGradGuard no_grad;
  if (golden.level == "core") {
    return AttendCore(golden, golden.Find("q"), golden.Find("k"), golden.Find("v"));
  }
  REQUIRE(golden.level == "module");
  const torch::Tensor x = golden.Find("x");
  return MakeModule(golden, RunOf(golden, x.size(1), x.size(2), 4))->forward(x, golden.pad_mask());
}

/// The largest difference over real rows.
double Difference(const GoldenCase& golden) {
  torch::Tensor got = Compute(golden), expected = golden.Find("expected");
  if (const torch::Tensor mask = golden.pad_mask(); mask.defined()) {
    const torch::Tensor rows =
        golden.level == "core" ? mask.unsqueeze(1).unsqueeze(-1) : mask.unsqueeze(-1);
    got = got.masked_fill(rows, 0);
    expected = expected.masked_fill(rows, 0);
  }
  return MaxDifference(got, expected);
}

void CheckFolder(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    CAPTURE(entry.path().string());
    const GoldenCase golden = ReadCase(entry.path());
    CHECK(Difference(golden) <= golden.tolerance);
  }
}

TEST_CASE("cases computed elsewhere come out the same here", "[golden]") {
  const char* folder = std::getenv("SWEEPFORMER_GOLDEN_DIR");
  if (folder == nullptr) {
    WARN("SWEEPFORMER_GOLDEN_DIR names no folder of cases: nothing compared");
    return;
  }
  CheckFolder(folder);
}

/// A case as another program would write it.
void WriteCase(const std::filesystem::path& path, const std::string& json,
               const std::map<std::string, torch::Tensor>& tensors) {
  REQUIRE(WriteFileAtomic(path.string() + ".json", json).ok());
  REQUIRE(WriteFileAtomic(path.string() + ".safetensors", FormatSafetensors({tensors, {}})).ok());
}

TEST_CASE("a case is read, computed and compared at both levels", "[golden]") {
  const sweepformer::testing::TempFolder folder;
  torch::manual_seed(1);
  const torch::Tensor x = torch::randn({2, 5, 8}), mask = testing::PadAfter({5, 3}, 5);
  const torch::Tensor q = torch::randn({2, 2, 5, 4}, torch::kFloat64);
  const torch::Tensor mask_bytes = mask.to(torch::kUInt8);
  const torch::NoGradGuard no_grad;
  std::map<std::string, torch::Tensor> core = {
      {"q", q}, {"k", q + 1}, {"v", q * 2}, {"pad_mask", mask_bytes}};
  core["expected"] = ScaledDotProductAttention(q, q + 1, q * 2, mask);
  WriteCase(folder / "core", R"({"design":"full","level":"core","tolerance":1e-10})", core);
  FullAttention module(AttentionOptions{.d_model = 8, .heads = 4, .max_length = 5});
  std::map<std::string, torch::Tensor> whole = {{"x", x}, {"pad_mask", mask_bytes}};
  for (const auto& parameter : module->named_parameters()) {
    whole[parameter.key()] = parameter.value().detach();
  }
  whole["expected"] = module->forward(x, mask);
  WriteCase(folder / "module",
            R"({"design":"full-naive","level":"module","options":{"heads":4},"tolerance":1e-5})",
            whole);
  CheckFolder(folder.path());
  core["expected"] = core["expected"] + 1e-6;
  WriteCase(folder / "core", R"({"design":"full","level":"core","tolerance":1e-10})", core);
  CHECK(Difference(ReadCase(folder / "core.json")) > 1e-7);
}

}  // namespace
}  // namespace sweepformer::model
