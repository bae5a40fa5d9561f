#include "orchestrator/exec/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>

#include "orchestrator/core/printable.h"
#include "orchestrator/exec/json_values.h"

namespace sweepformer {
namespace {

using nlohmann::json;

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;  // for clang 14

std::string TextIn(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

std::optional<std::int64_t> WholeIn(const json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_number_integer()) return std::nullopt;
  return it->get<std::int64_t>();
}

json MemberOf(const json& object, const char* key) {
  const auto it = object.find(key);
  return it == object.end() ? json(nullptr) : *it;
}

Result<Event> ParseConfig(const json& object) {
  ConfigEvent event;
  event.parameters = ParametersFromJson(MemberOf(object, "parameters"));
  event.seed = WholeIn(object, "seed").value_or(0);
  event.data = TextIn(object, "data");
  const json provenance = MemberOf(object, "provenance");
  if (provenance.is_object()) event.provenance_json = provenance.dump();
  return Event(std::move(event));
}

/// The whole number under `key`, 3.0 being one; nothing where the key is absent or null.
Result<std::optional<std::int64_t>> StepIn(const json& object, const std::string& metric) {
  const json step = MemberOf(object, "step");
  if (step.is_null()) return std::optional<std::int64_t>();
  const Value value = FromJson(step);
  if (const auto* whole = std::get_if<std::int64_t>(&value); whole && step.is_number()) {
    return std::optional(*whole);
  }
  return InvalidArgument(
      fmt::format("the metric '{}' with a step that is no whole number: {}", metric, step.dump()));
}

Result<Event> ParseMetric(const json& object) {
  MetricEvent event;
  event.name = TextIn(object, "name");
  if (event.name.empty()) return InvalidArgument("a metric without a name");
  const auto value = NumberFromJson(MemberOf(object, "value"));
  if (!value) {
    return InvalidArgument(
        fmt::format("the metric '{}' without a number as its value", event.name));
  }
  event.value = *value;
  SF_ASSIGN(event.step, StepIn(object, event.name));
  const json split = MemberOf(object, "split");
  if (!split.is_null() && !split.is_string()) {
    return InvalidArgument(
        fmt::format("the metric '{}' with a split that is no text: {}", event.name, split.dump()));
  }
  event.split = TextIn(object, "split");
  return Event(std::move(event));
}

ErrorEvent ParseError(const json& object) {
  const std::string message = TextIn(object, "message");
  return {message.empty() ? "the worker reported an error and did not say which" : message};
}

/// `line` with NaN, Infinity and -Infinity in quotes where they stand bare, as Python and
/// JavaScript libraries write them.
std::string QuoteBareNumbers(std::string_view line) {
  std::string quoted;
  bool in_text = false;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t length = 1;
    for (const std::string_view word : {"NaN", "-Infinity", "Infinity"}) {
      if (!in_text && line.substr(at).starts_with(word)) length = word.size();
    }
    if (in_text && line[at] == '\\' && at + 1 < line.size()) length = 2;
    if (line[at] == '"') in_text = !in_text;
    const std::string piece(line.substr(at, length));
    quoted += length > 2 ? '"' + piece + '"' : piece;
    at += length;
  }
  return quoted;
}

/// Whether values lie in one another deeper than in any event: to copy or write them would take
/// more stack than there is.
bool IsTooDeep(std::string_view line) {
  constexpr int kDeepest = 100;
  int depth = 0;
  bool in_text = false;
  for (std::size_t at = 0; at < line.size() && depth <= kDeepest; ++at) {
    const char c = line[at];
    if (in_text && c == '\\') ++at;
    if (c == '"') in_text = !in_text;
    if (!in_text) depth += (c == '{' || c == '[') - (c == '}' || c == ']');
  }
  return depth > kDeepest;
}

constexpr std::string_view kReplacement = "\uFFFD";

/// The UTF-16 unit of an escape \uXXXX that `text` begins with, or -1.
int EscapedUnit(std::string_view text) {
  constexpr std::size_t kDigits = 4;
  if (!text.starts_with("\\u") || text.size() < 2 + kDigits) return -1;
  int unit = 0;
  const char* const end = text.data() + 2 + kDigits;
  const auto parsed = std::from_chars(text.data() + 2, end, unit, 16);
  return parsed.ec == std::errc() && parsed.ptr == end ? unit : -1;
}

/// How many bytes at the beginning of `text` are an escape in JSON; `stands` is false for half a
/// surrogate pair, which no text can hold.
std::size_t EscapeLength(std::string_view text, bool& stands) {
  constexpr std::size_t kUnit = 6;
  const auto is_high = [](int unit) { return unit >= 0xd800 && unit < 0xdc00; };
  const auto is_low = [](int unit) { return unit >= 0xdc00 && unit < 0xe000; };
  const int unit = EscapedUnit(text);
  const bool is_pair = is_high(unit) && is_low(EscapedUnit(text.substr(kUnit)));
  stands = is_pair || (!is_high(unit) && !is_low(unit));
  if (is_pair) return 2 * kUnit;
  return unit < 0 ? std::min<std::size_t>(2, text.size()) : kUnit;
}

/// `line` with U+FFFD for bytes that are not UTF-8 and for halves of surrogate pairs, which
/// programs write whose texts are bytes (file names, compilers' messages).
std::string MendText(std::string_view line) {
  std::string mended;
  while (!line.empty()) {
    bool stands = true;
    std::size_t length = 0;
    if (line.front() == '\\') {
      length = EscapeLength(line, stands);
    } else {
      length = Utf8Length(line);
      stands = length > 0;
    }
    length = std::max<std::size_t>(1, length);
    mended += stands ? line.substr(0, length) : kReplacement;
    line.remove_prefix(length);
  }
  return mended;
}

/// The line as it should be, or as some write it.
json ParseObject(std::string_view line) {
  if (IsTooDeep(line)) return json(json::value_t::discarded);
  json object = json::parse(line, nullptr, false);
  if (object.is_discarded()) {
    object = json::parse(QuoteBareNumbers(MendText(line)), nullptr, false);
  }
  return object;
}

std::string HexOf(const std::vector<bool>& hits) {
  std::string hex;
  for (std::size_t i = 0; i < hits.size(); i += 4) {
    int digit = 0;
    for (std::size_t bit = 0; bit < 4; ++bit) {
      digit = digit * 2 + (i + bit < hits.size() && hits[i + bit]);
    }
    hex += "0123456789abcdef"[digit];
  }
  return hex;
}

Result<Event> ParseTestHits(const json& object) {
  const std::string hex = TextIn(object, "bits");
  const auto items = WholeIn(object, "items").value_or(-1);
  if (items == 0) return InvalidArgument("test hits of no items");
  if (items < 0 || (static_cast<std::uint64_t>(items) + 3) / 4 != hex.size()) {
    return InvalidArgument("test hits whose bits are not one hex digit for every four items");
  }
  TestHitsEvent event;
  for (std::int64_t i = 0; i < items; ++i) {
    constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
    auto digit = kDigits.find(hex[static_cast<std::size_t>(i / 4)]);
    if (digit == kDigits.npos) return InvalidArgument("test hits that are not hex digits");
    if (digit > 0xf) digit -= 6;
    event.hits.push_back((digit >> (3 - i % 4)) & 1);
  }
  return Event(std::move(event));
}

json EventJson(const Event& event) {
  return std::visit(
      Overloaded{
          [](const HelloEvent& hello) -> json {
            json object = {{"event", "hello"},
                           {"protocol", kProtocolVersion},
                           {"worker", hello.worker},
                           {"version", hello.version},
                           {"build", hello.build}};
            if (hello.checkpoints) object["checkpoints"] = true;
            return object;
          },
          [](const ConfigEvent& config) -> json {
            json object = {{"event", "config"},
                           {"parameters", ToJson(config.parameters)},
                           {"seed", config.seed},
                           {"provenance", json::parse(config.provenance_json, nullptr, false)}};
            if (!config.data.empty()) object["data"] = config.data;
            return object;
          },
          [](const MetricEvent& metric) -> json {
            json object = {
                {"event", "metric"}, {"name", metric.name}, {"value", ToJson(Value(metric.value))}};
            if (metric.step) object["step"] = *metric.step;
            if (!metric.split.empty()) object["split"] = metric.split;
            return object;
          },
          [](const TestHitsEvent& hits) -> json {
            return {
                {"event", "test_hits"}, {"items", hits.hits.size()}, {"bits", HexOf(hits.hits)}};
          },
          [](const ErrorEvent& error) -> json {
            return {{"event", "error"}, {"message", error.message}};
          },
          [](const NoteEvent& note) -> json {
            return {{"event", "note"}, {"message", note.message}};
          },
          [](const DoneEvent&) -> json {
            return {{"event", "done"}};
          }},
      event);
}

/// Text that is not UTF-8 is mended, not refused.
std::string Dump(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

Result<Event> ParseEvent(std::string_view line) {
  const json object = ParseObject(line);
  if (!object.is_object()) return InvalidArgument("a line that is not a JSON object");
  const std::string kind = TextIn(object, "event");
  if (kind == "hello") {
    return Event(HelloEvent{TextIn(object, "worker"), TextIn(object, "version"),
                            TextIn(object, "build"),
                            MemberOf(object, "checkpoints") == json(true)});
  }
  if (kind == "config") return ParseConfig(object);
  if (kind == "metric") return ParseMetric(object);
  if (kind == "test_hits") return ParseTestHits(object);
  if (kind == "error") return Event(ParseError(object));
  if (kind == "note") return Event(NoteEvent{TextIn(object, "message")});
  if (kind == "done") return Event(DoneEvent{});
  if (kind.empty()) return InvalidArgument("an object without an \"event\"");
  return NotFound(fmt::format("an event of an unknown kind '{}'", kind));
}

std::string FormatEvent(const Event& event) { return Dump(EventJson(event)) + "\n"; }

std::string FormatRequest(const RunRequest& request) {
  return Dump({{"protocol", kProtocolVersion},
               {"run", request.run},
               {"attempt", request.attempt},
               {"kind", RunKindWord(request.kind)},
               {"seed", request.seed},
               {"threads", request.threads},
               {"warmup_steps", request.warmup_steps},
               {"dir", request.folder.string()},
               {"data", request.data_folder.string()},
               {"keep_weights", request.keep_weights.string()},
               {"parent", request.parent},
               {"init_from", request.init_from.string()},
               {"parameters", ToJson(request.parameters)}}) +
         "\n";
}

Result<RunRequest> ParseRequest(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object() || !MemberOf(object, "parameters").is_object()) {
    return InvalidArgument(
        "the run request on standard input is not a JSON object with \"parameters\"");
  }
  if (const auto protocol = WholeIn(object, "protocol"); protocol != kProtocolVersion) {
    return InvalidArgument(fmt::format("the run request is of protocol {}, this worker speaks {}",
                                       protocol.value_or(0), kProtocolVersion));
  }
  RunRequest request;
  request.run = TextIn(object, "run");
  request.attempt = WholeIn(object, "attempt").value_or(1);
  request.kind =
      TextIn(object, "kind") == RunKindWord(RunKind::kProbe) ? RunKind::kProbe : RunKind::kTrain;
  request.seed = WholeIn(object, "seed").value_or(0);
  request.threads = static_cast<int>(WholeIn(object, "threads").value_or(1));
  request.warmup_steps = static_cast<int>(WholeIn(object, "warmup_steps").value_or(0));
  request.folder = TextIn(object, "dir");
  request.data_folder = TextIn(object, "data");
  request.keep_weights = TextIn(object, "keep_weights");
  request.parent = TextIn(object, "parent");
  request.init_from = TextIn(object, "init_from");
  request.parameters = ParametersFromJson(object["parameters"]);
  return request;
}

}  // namespace sweepformer
