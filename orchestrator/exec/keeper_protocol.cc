#include "orchestrator/exec/keeper_protocol.h"

#include <nlohmann/json.hpp>

namespace sweepformer {
namespace {

using nlohmann::json;

template <typename T>
json Optional(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

template <typename T>
std::optional<T> OptionalFrom(const json& value) {
  return value.is_null() ? std::optional<T>() : value.get<T>();
}

json JsonOf(const StartOrder& order) {
  return {{"order", "start"},
          {"attempt", order.attempt},
          {"command", order.command},
          {"environment", order.environment},
          {"cpus", order.cpus},
          {"serve_command", order.serve_command},
          {"mem_limit_bytes", Optional(order.mem_limit_bytes)}};
}

json JsonOf(const StopOrder& order) {
  return {{"order", "stop"}, {"attempt", order.attempt}, {"signal", order.signal}};
}

json JsonOf(const HoldOrder& order) { return {{"order", "hold"}, {"folder", order.folder}}; }

json JsonOf(const StartedReport& report) {
  return {{"report", "started"},
          {"attempt", report.attempt},
          {"pid", report.pid},
          {"start_ticks", report.start_ticks}};
}

json JsonOf(const EndedReport& report) {
  return {{"report", "ended"},
          {"attempt", report.attempt},
          {"exit_code", Optional(report.exit_code)},
          {"signal", Optional(report.signal)},
          {"cpu_seconds", report.cpu_seconds},
          {"peak_rss_bytes", report.peak_rss_bytes},
          {"peak_rss_method", report.peak_rss_method},
          {"out_of_memory", report.out_of_memory},
          {"peak_cgroup_bytes", Optional(report.peak_cgroup_bytes)},
          {"peak_watched_bytes", report.peak_watched_bytes},
          {"run_delay_share", Optional(report.run_delay_share)},
          {"error", report.error},
          {"at_fault", report.at_fault}};
}

template <typename... Kinds>
json JsonOf(const std::variant<Kinds...>& message) {
  return std::visit([](const auto& one) { return JsonOf(one); }, message);
}

std::string Cbor(const json& value) {
  std::string packet;
  json::to_cbor(value, packet);
  return packet;
}

KeeperOrder OrderFrom(const json& object) {
  const auto kind = object.at("order").get<std::string>();
  if (kind == "hold") return HoldOrder{object.at("folder")};
  if (kind == "stop") return StopOrder{object.at("attempt"), object.at("signal")};
  return StartOrder{
      object.at("attempt"),       object.at("command"),
      object.at("environment"),   object.at("cpus"),
      object.at("serve_command"), OptionalFrom<std::int64_t>(object.at("mem_limit_bytes"))};
}

KeeperReport ReportFrom(const json& object) {
  if (object.at("report") == "started") {
    return StartedReport{object.at("attempt"), object.at("pid"), object.at("start_ticks")};
  }
  EndedReport report;
  report.attempt = object.at("attempt");
  report.exit_code = OptionalFrom<int>(object.at("exit_code"));
  report.signal = OptionalFrom<int>(object.at("signal"));
  report.cpu_seconds = object.at("cpu_seconds");
  report.peak_rss_bytes = object.at("peak_rss_bytes");
  report.peak_rss_method = object.at("peak_rss_method");
  report.out_of_memory = object.at("out_of_memory");
  report.peak_cgroup_bytes = OptionalFrom<std::int64_t>(object.at("peak_cgroup_bytes"));
  report.peak_watched_bytes = object.at("peak_watched_bytes");
  report.run_delay_share = OptionalFrom<double>(object.at("run_delay_share"));
  report.error = object.at("error");
  report.at_fault = object.at("at_fault");
  return report;
}

std::vector<KeeperReport> ReportsFrom(const json& list) {
  std::vector<KeeperReport> reports;
  for (const json& object : list) reports.push_back(ReportFrom(object));
  return reports;
}

template <typename Message>
Result<Message> Parse(std::string_view text, Message (*from)(const json&)) {
  try {
    return from(json::from_cbor(text));
  } catch (const json::exception& error) {
    return Internal(std::string("the keeper and the orchestrator disagree: ") + error.what());
  }
}

}  // namespace

std::string FormatOrder(const KeeperOrder& order) { return Cbor(JsonOf(order)); }

std::string FormatReports(const std::vector<KeeperReport>& reports) {
  json list = json::array();
  for (const KeeperReport& report : reports) list.push_back(JsonOf(report));
  return Cbor(list);
}

Result<KeeperOrder> ParseOrder(std::string_view text) { return Parse(text, OrderFrom); }

Result<std::vector<KeeperReport>> ParseReports(std::string_view text) {
  return Parse(text, ReportsFrom);
}

}  // namespace sweepformer
