#include "orchestrator/exec/keeper_protocol.h"

#include <concepts>
#include <nlohmann/json.hpp>
#include <tuple>
#include <type_traits>

namespace sweepformer {
namespace {

using nlohmann::json;

template <typename M, typename Kind>
concept Is = std::same_as<std::remove_const_t<M>, Kind>;

// What a message holds, in the order in which it travels.

template <Is<StartOrder> M>
auto FieldsOf(M& order) {
  return std::tie(order.attempt, order.command, order.environment, order.cpus, order.serve_command,
                  order.mem_limit_bytes);
}

template <Is<StopOrder> M>
auto FieldsOf(M& order) {
  return std::tie(order.attempt, order.signal);
}

template <Is<HoldOrder> M>
auto FieldsOf(M& order) {
  return std::tie(order.folder);
}

template <Is<StartedReport> M>
auto FieldsOf(M& report) {
  return std::tie(report.attempt, report.pid, report.start_ticks);
}

template <Is<LingeringReport> M>
auto FieldsOf(M& report) {
  return std::tie(report.attempt, report.pid, report.name);
}

template <Is<EndedReport> M>
auto FieldsOf(M& report) {
  return std::tie(report.attempt, report.exit_code, report.signal, report.cpu_seconds,
                  report.peak_rss_bytes, report.peak_rss_method, report.out_of_memory,
                  report.peak_cgroup_bytes, report.peak_watched_bytes, report.run_delay_share,
                  report.error, report.at_fault);
}

template <typename T>
json Encoded(const T& value) {
  return value;
}

template <typename T>
json Encoded(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

template <typename T>
void Decode(const json& from, T& value) {
  from.get_to(value);
}

template <typename T>
void Decode(const json& from, std::optional<T>& value) {
  if (!from.is_null()) value = from.get<T>();
}

/// The place of its kind among the variant's, then its fields.
template <typename... Kinds>
json Encoded(const std::variant<Kinds...>& message) {
  json list = {message.index()};
  const auto add = [&](const auto&... fields) { (list.push_back(Encoded(fields)), ...); };
  std::visit([&](const auto& one) { std::apply(add, FieldsOf(one)); }, message);
  return list;
}

template <typename Kind>
Kind KindFrom(const json& list) {
  Kind message;
  std::size_t place = 0;
  const auto take = [&](auto&... fields) { (Decode(list.at(++place), fields), ...); };
  std::apply(take, FieldsOf(message));
  return message;
}

KeeperOrder OrderFrom(const json& list) {
  switch (list.at(0).get<int>()) {
    case 0: return KindFrom<StartOrder>(list);
    case 1: return KindFrom<StopOrder>(list);
    default: return KindFrom<HoldOrder>(list);
  }
}

KeeperReport ReportFrom(const json& list) {
  switch (list.at(0).get<int>()) {
    case 0: return KindFrom<StartedReport>(list);
    case 1: return KindFrom<LingeringReport>(list);
    default: return KindFrom<EndedReport>(list);
  }
}

std::vector<KeeperReport> ReportsFrom(const json& packet) {
  std::vector<KeeperReport> reports;
  for (const json& list : packet) reports.push_back(ReportFrom(list));
  return reports;
}

std::string Cbor(const json& value) {
  std::string packet;
  json::to_cbor(value, packet);
  return packet;
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

std::string FormatOrder(const KeeperOrder& order) { return Cbor(Encoded(order)); }

std::string FormatReports(const std::vector<KeeperReport>& reports) {
  json list = json::array();
  for (const KeeperReport& report : reports) list.push_back(Encoded(report));
  return Cbor(list);
}

Result<KeeperOrder> ParseOrder(std::string_view text) { return Parse(text, OrderFrom); }

Result<std::vector<KeeperReport>> ParseReports(std::string_view text) {
  return Parse(text, ReportsFrom);
}

}  // namespace sweepformer
