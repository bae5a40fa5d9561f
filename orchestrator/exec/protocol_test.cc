#include "orchestrator/exec/protocol.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

using namespace sweepformer;

namespace {

template <typename T>
T RoundTrip(const T& event) {
  std::string line = FormatEvent(event);
  REQUIRE(line.ends_with('\n'));
  line.pop_back();
  return std::get<T>(ParseEvent(line).value());
}

std::string Problem(const char* line) { return ParseEvent(line).status().message(); }

}  // namespace

TEST_CASE("events come back as they were written", "[protocol]") {
  CHECK(RoundTrip(HelloEvent{"w", "3", "b"}).version == "3");
  const ConfigEvent config = RoundTrip(
      ConfigEvent{{{"lr", 0.1}, {"k", std::int64_t{4}}, {"a", std::string("x")}}, 7, "{\"c\":1}"});
  CHECK(config.parameters.at("lr") == Value(0.1));
  CHECK(config.parameters.at("k") == Value(std::int64_t{4}));
  CHECK(config.seed == 7);
  CHECK(config.provenance_json == "{\"c\":1}");
  const MetricEvent metric = RoundTrip(MetricEvent{"loss", 0.1, 3, "valid"});
  CHECK(metric.value == 0.1);
  CHECK(metric.step == 3);
  CHECK(metric.split == "valid");
  CHECK_FALSE(RoundTrip(MetricEvent{"loss", 1, {}, ""}).step.has_value());
  CHECK(RoundTrip(ErrorEvent{"a \"b\"\n"}).message == "a \"b\"\n");
  CHECK(RoundTrip(NoteEvent{"went on"}).message == "went on");
  RoundTrip(DoneEvent{});
}

TEST_CASE("whole numbers keep all their digits", "[protocol]") {
  constexpr std::int64_t kOdd = (std::int64_t{1} << 53) + 1;  // no double has this value
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK(RoundTrip(MetricEvent{"loss", 1, most, ""}).step == most);
  const ConfigEvent config = RoundTrip(ConfigEvent{{{"up", kOdd}, {"down", -kOdd}}, most, "{}"});
  CHECK(config.parameters.at("up") == Value(kOdd));
  CHECK(config.parameters.at("down") == Value(-kOdd));
  CHECK(config.seed == most);
}

TEST_CASE("what a worker may leave out is absent", "[protocol]") {
  CHECK_FALSE(RoundTrip(HelloEvent{"w", "3", "b"}).checkpoints);
  CHECK(RoundTrip(HelloEvent{"w", "3", "b", true}).checkpoints);
  CHECK(FormatEvent(HelloEvent{"w", "3", "b"}).find("checkpoints") == std::string::npos);
  CHECK(RoundTrip(ConfigEvent{{}, 7, "{}", "abc"}).data == "abc");
  CHECK(FormatEvent(ConfigEvent{{}, 7, "{}"}).find("data") == std::string::npos);
}

TEST_CASE("figures that JSON has no number for survive", "[protocol]") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(std::isnan(RoundTrip(MetricEvent{"m", std::nan(""), {}, ""}).value));
  CHECK(RoundTrip(MetricEvent{"m", infinity, {}, ""}).value == infinity);
  CHECK(RoundTrip(MetricEvent{"m", -infinity, {}, ""}).value == -infinity);
}

TEST_CASE("numbers as Python writes them are understood", "[protocol]") {
  const auto metric = [](const char* line) {
    return std::get<MetricEvent>(ParseEvent(line).value());
  };
  CHECK(std::isnan(metric(R"({"event":"metric","name":"a","value":NaN})").value));
  CHECK(metric(R"({"event":"metric","name":"a","value":-Infinity})").value < -1e308);
  CHECK(metric(R"({"event":"metric","name":"a","value":1,"step":2.0})").step == 2);
  const auto error = ParseEvent(R"({"event":"error","message":"\"NaN\" in x","at":NaN})").value();
  CHECK(std::get<ErrorEvent>(error).message == "\"NaN\" in x");
}

TEST_CASE("an error without words is an error all the same", "[protocol]") {
  const auto error = ParseEvent(R"({"event":"error"})").value();
  CHECK_FALSE(std::get<ErrorEvent>(error).message.empty());
}

TEST_CASE("events whose text is not Unicode count all the same", "[protocol]") {
  const auto message = [](const std::string& written) {
    const auto event = ParseEvent(R"({"event":"error","message":")" + written + "\"}");
    INFO(written);
    return std::get<ErrorEvent>(event.value()).message;
  };
  CHECK(message("caf\xe9") == "caf\uFFFD");
  CHECK(message("\xe9\xe9 and \xc3\xa9") == "\uFFFD\uFFFD and \u00e9");
  CHECK(message("cut \xf0\x9f\x98") == "cut \uFFFD\uFFFD\uFFFD");
  CHECK(message(R"(a\ud800b)") == "a\uFFFDb");
  CHECK(message(R"(\udc00 \ud83d\ude00 \ud83d\ud83d\ude00)") ==
        "\uFFFD \U0001F600 \uFFFD\U0001F600");
  CHECK(message(R"(no escape: \\ud800 \ud800)") == R"(no escape: \ud800 )"
                                                   "\uFFFD");
  CHECK(message(R"(\"\ud800\")") == "\"\uFFFD\"");
  CHECK(std::get<MetricEvent>(
            ParseEvent("{\"event\":\"metric\",\"name\":\"\xe9\",\"value\":-Infinity}").value())
            .name == "\uFFFD");
  CHECK_FALSE(ParseEvent("caf\xe9").ok());
  CHECK_FALSE(ParseEvent("{\"event\":\"done\",\"a\":\"\\u12").ok());
}

TEST_CASE("test hits are one bit per item, whatever their number", "[protocol]") {
  for (const std::size_t items : {1u, 4u, 7u, 1000u}) {
    TestHitsEvent event;
    for (std::size_t i = 0; i < items; ++i) event.hits.push_back(i % 3 == 0);
    CHECK(RoundTrip(event).hits == event.hits);
  }
  const auto upper = ParseEvent(R"({"event":"test_hits","items":8,"bits":"A9"})").value();
  CHECK(std::get<TestHitsEvent>(upper).hits ==
        std::vector<bool>{true, false, true, false, true, false, false, true});
  CHECK(Problem(R"({"event":"test_hits","items":9,"bits":"ff"})") ==
        "test hits whose bits are not one hex digit for every four items");
  CHECK(Problem(R"({"event":"test_hits","items":0,"bits":""})") == "test hits of no items");
  CHECK(Problem(R"({"event":"test_hits","items":4,"bits":"x"})") ==
        "test hits that are not hex digits");
}

TEST_CASE("a line that is no event says what is wrong with it", "[protocol]") {
  CHECK(Problem("loss 0.3") == "a line that is not a JSON object");
  CHECK(Problem("[1]") == "a line that is not a JSON object");
  CHECK(Problem("{}") == "an object without an \"event\"");
  CHECK(Problem(R"({"event":"metric","value":1})") == "a metric without a name");
  CHECK(Problem(R"({"event":"metric","name":"a","value":"high"})") ==
        "the metric 'a' without a number as its value");
  CHECK(Problem(R"({"event":"metric","name":"a","value":1,"step":1.5})") ==
        "the metric 'a' with a step that is no whole number: 1.5");
  CHECK(Problem(R"({"event":"metric","name":"a","value":1,"step":"1"})") ==
        "the metric 'a' with a step that is no whole number: \"1\"");
  CHECK(Problem(R"({"event":"metric","name":"a","value":1,"split":5})") ==
        "the metric 'a' with a split that is no text: 5");
  CHECK(ParseEvent(R"({"event":"gossip"})").status().code() == Code::kNotFound);
}

TEST_CASE("values in one another without end are no event", "[protocol]") {
  const auto nested = [](int depth) {
    const auto count = static_cast<std::size_t>(depth);
    return R"({"event":"config","parameters":{},"provenance":{"a":)" + std::string(count, '[') +
           "\"]]\"" + std::string(count, ']') + "}}";
  };
  CHECK(ParseEvent(nested(50)).ok());
  CHECK_FALSE(ParseEvent(nested(200000)).ok());
}

TEST_CASE("a run request comes back as it was written", "[protocol]") {
  RunRequest request;
  request.run = "abc";
  request.attempt = 2;
  request.kind = RunKind::kProbe;
  request.seed = 11;
  request.threads = 3;
  request.folder = "/x/y";
  request.data_folder = "/data";
  request.keep_weights = "/x/y/weights.safetensors";
  request.parent = "abd";
  request.init_from = "/x/z/weights.safetensors";
  request.parameters = {{"attention", std::string("full")}, {"lr", 1e-3}};
  const RunRequest read = ParseRequest(FormatRequest(request)).value();
  CHECK(read.run == "abc");
  CHECK(read.attempt == 2);
  CHECK(read.kind == RunKind::kProbe);
  CHECK(read.seed == 11);
  CHECK(read.threads == 3);
  CHECK(read.folder == "/x/y");
  CHECK(read.data_folder == "/data");
  CHECK(read.keep_weights == request.keep_weights);
  CHECK(read.parent == "abd");
  CHECK(read.init_from == request.init_from);
  CHECK(read.parameters == request.parameters);
}

TEST_CASE("a request of another protocol is refused with both versions", "[protocol]") {
  CHECK(ParseRequest(R"({"protocol":9,"parameters":{}})").status().message() ==
        "the run request is of protocol 9, this worker speaks 1");
  CHECK_FALSE(ParseRequest("hello").ok());
}
