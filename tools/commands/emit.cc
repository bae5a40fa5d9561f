#include "orchestrator/exec/emit.h"

#include <fmt/format.h>

#include "orchestrator/exec/protocol.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"

namespace sweepformer::cli {
namespace {

constexpr const char* kPairs = "NAME=VALUE...";

Result<MetricEvent> ParsePair(const std::string& typed) {
  const std::size_t equals = typed.find('=');
  if (equals == std::string::npos || equals == 0) {
    return InvalidArgument(fmt::format("'{}': expected name=value, e.g. accuracy=0.91", typed));
  }
  const Value value = ParseValue(typed.substr(equals + 1));
  if (IsNull(value) || std::holds_alternative<std::string>(value)) {
    return InvalidArgument(fmt::format("'{}': the value must be a number, nan or inf", typed));
  }
  MetricEvent metric;
  metric.name = typed.substr(0, equals);
  metric.value = AsDouble(value);
  return metric;
}

Result<int> Emit(const Arguments& arguments) {
  SF_ASSIGN(const auto step, arguments.Integer("step", 0, INT64_MAX));
  std::string lines;
  for (const std::string& typed : arguments.All(kPairs)) {
    SF_ASSIGN(MetricEvent metric, ParsePair(typed));
    metric.step = step;
    metric.split = arguments.Text("split").value_or("");
    lines += FormatEvent(metric);
  }
  const Status sent = HandOver(lines);
  if (sent.code() == Code::kNotFound) return InvalidArgument(sent.message());
  SF_TRY(sent);
  return kExitOk;
}

}  // namespace

Command EmitCommand() {
  Command command;
  command.name = "emit";
  command.about = "Reports metrics from inside a run of a foreign worker.";
  command.positionals = {{kPairs}};
  command.options = {{"step", 0, "N", "the figures belong to this step of the run's history"},
                     {"split", 0, "NAME", "and to this part of the data, e.g. valid"}};
  command.examples = {
      {"sweepformer emit accuracy=0.91 loss=0.3", "final metrics; of several the last one wins"},
      {"sweepformer emit loss=0.7 --step 3 --split valid", "a point of a learning curve"}};
  command.details =
      "Without --step a figure is a final metric of the run. Values are numbers, nan,\n"
      "inf or true/false. Exit 0: the figures are in the orchestrator's hands.";
  command.run = Emit;
  return command;
}

}  // namespace sweepformer::cli
