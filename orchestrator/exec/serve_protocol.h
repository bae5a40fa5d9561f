#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/status.h"

/// What a fork server is asked and answers: packets of CBOR (PROTOCOL.md, "Serving"). On the wire;
/// append only.
namespace sweepformer {

/// Fork a process for the attempt. Descriptors: standard input, output, events and, if the attempt
/// has a memory cgroup, its `cgroup.procs`.
struct ServeRequest {
  std::int64_t attempt = 0;
  std::map<std::string, std::string> environment;  ///< added to the server's
  std::vector<int> cpus;                           ///< to be pinned to; empty: not pinned
  std::string mark;  ///< to be the value of kTreeVariable; without one, the attempt's number
};

/// It has been, or why it cannot be.
struct ServeReply {
  std::int64_t attempt = 0;
  std::int64_t pid = 0;
  std::string error;
  bool at_fault = true;  ///< if it cannot be: the worker is, not a want of processes
};

std::string FormatServeRequest(const ServeRequest& request);
std::string FormatServeReply(const ServeReply& reply);

/// InvalidArgument if the packet is none of the kind.
Result<ServeRequest> ParseServeRequest(std::string_view packet);
Result<ServeReply> ParseServeReply(std::string_view packet);

/// The value a server's kTreeVariable starts with: room for the mark of any attempt.
std::string UnmarkedTree();

/// Writes `mark` over the value of kTreeVariable where the kernel shows it (/proc/<pid>/environ),
/// which setenv does not: a process that was forked and not executed is found by it all the same.
/// Does nothing where the value has no room.
void CarryMark(const std::string& mark);

}  // namespace sweepformer
