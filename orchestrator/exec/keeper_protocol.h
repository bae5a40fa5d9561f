#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "orchestrator/core/status.h"

/// What the orchestrator and its keeper say to one another: packets of CBOR, within one program and
/// one version of it, each an order or a list of reports: JSON would not carry arguments and paths
/// that are not UTF-8. Descriptors travel with the packet.
namespace sweepformer {

/// Start a program. Descriptors: standard input, output, events.
struct StartOrder {
  std::int64_t attempt = 0;
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  std::vector<int> cpus;
  std::vector<std::string> serve_command;  ///< of the fork server that does the same, or empty
  std::optional<std::int64_t> mem_limit_bytes;
};

/// Send a signal: SIGKILL to the attempt's whole tree, until nothing of it is left; any other to
/// its process group.
struct StopOrder {
  std::int64_t attempt = 0;
  int signal = 0;
};

/// Keep the descriptor, if there is one, open, and let every program inherit it: the lock on the
/// store. Remove the folder once the orchestrator is gone.
struct HoldOrder {
  std::string folder;
};

struct StartedReport {
  std::int64_t attempt = 0;
  std::int64_t pid = 0;
  std::int64_t start_ticks = 0;
};

/// The attempt's program has ended some time ago, and a process that it started has not.
struct LingeringReport {
  std::int64_t attempt = 0;
  std::int64_t pid = 0;
  std::string name;  ///< of the program that the process runs, as the kernel has it
};

/// The whole tree of the attempt has ended.
struct EndedReport {
  std::int64_t attempt = 0;
  std::optional<int> exit_code;  ///< of the program itself
  std::optional<int> signal;
  double cpu_seconds = 0;  ///< of the program's session and of what was waited for in it
  std::int64_t peak_rss_bytes = 0;
  std::string peak_rss_method;  ///< wait4, or vmhwm of a forked process
  bool out_of_memory = false;   ///< killed for being over its limit
  std::optional<std::int64_t> peak_cgroup_bytes;
  std::int64_t peak_watched_bytes = 0;  ///< of the whole tree, as far as it was looked at
  std::optional<double> run_delay_share;
  std::string error;     ///< it could not be started, and why
  bool at_fault = true;  ///< if not started: its command is to blame, not a want of processes
};

using KeeperOrder = std::variant<StartOrder, StopOrder, HoldOrder>;
using KeeperReport = std::variant<StartedReport, LingeringReport, EndedReport>;

std::string FormatOrder(const KeeperOrder& order);
std::string FormatReports(const std::vector<KeeperReport>& reports);

/// Internal if the text is none of ours.
Result<KeeperOrder> ParseOrder(std::string_view text);
Result<std::vector<KeeperReport>> ParseReports(std::string_view text);

}  // namespace sweepformer
