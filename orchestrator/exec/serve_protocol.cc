#include "orchestrator/exec/serve_protocol.h"

#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "orchestrator/exec/process_table.h"
#include "orchestrator/exec/protocol.h"

namespace sweepformer {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestMark = 3 * 20;  ///< numbers of 64 bits and what is between them

std::string Packet(const json& object) {
  const auto packet = json::to_cbor(object);
  return {packet.begin(), packet.end()};
}

template <typename Message>
Result<Message> Parse(std::string_view packet, Message (*from)(const json&)) {
  try {
    return from(json::from_cbor(packet));
  } catch (const json::exception& error) {
    return InvalidArgument(std::string("a packet that a fork server does not know: ") +
                           error.what());
  }
}

}  // namespace

std::string FormatServeRequest(const ServeRequest& request) {
  return Packet({{"protocol", kProtocolVersion},
                 {"attempt", request.attempt},
                 {"environment", request.environment},
                 {"cpus", request.cpus},
                 {"mark", request.mark}});
}

std::string FormatServeReply(const ServeReply& reply) {
  return Packet({{"attempt", reply.attempt},
                 {"pid", reply.pid},
                 {"error", reply.error},
                 {"at_fault", reply.at_fault}});
}

Result<ServeRequest> ParseServeRequest(std::string_view packet) {
  return Parse<ServeRequest>(packet, [](const json& object) {
    const std::int64_t attempt = object.at("attempt");
    return ServeRequest{attempt, object.at("environment"), object.at("cpus"),
                        object.value("mark", std::to_string(attempt))};
  });
}

Result<ServeReply> ParseServeReply(std::string_view packet) {
  return Parse<ServeReply>(packet, [](const json& object) {
    return ServeReply{object.at("attempt"), object.value("pid", std::int64_t{0}),
                      object.value("error", ""), object.value("at_fault", true)};
  });
}

std::string UnmarkedTree() { return std::string(kLongestMark, '-'); }

void CarryMark(const std::string& mark) {
  char* const value = std::getenv(kTreeVariable);
  if (!value || std::strlen(value) < mark.size()) return;
  std::memcpy(value, mark.c_str(), mark.size() + 1);
}

}  // namespace sweepformer
