#include "tools/chaos/process_watch.h"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "orchestrator/core/file.h"

namespace sweepformer::chaos {
namespace {

std::string ReadProc(pid_t pid, const char* name) {
  auto text = ReadFile(fmt::format("/proc/{}/{}", pid, name));
  return text.ok() ? std::move(text).value() : "";
}

/// The fork server's children have its command line: the server is told from them by its age.
Role RoleOf(pid_t pid) {
  if (ReadProc(pid, "comm") == "sweepf-keeper\n") return Role::kKeeper;
  const std::string command = ReadProc(pid, "cmdline");
  if (command.find(std::string("\0--serve", 8)) != std::string::npos) return Role::kServer;
  if (command.find(std::string("sweepformer\0run\0", 16)) != std::string::npos)
    return Role::kOrchestrator;
  return Role::kWorker;
}

/// The number at the end of a mark; 0 if there is none.
std::int64_t AttemptOf(const std::string& mark) {
  return std::atoll(mark.substr(mark.rfind('.') + 1).c_str());
}

void TellServersChildren(std::vector<Actor>& actors) {
  const Actor* server = nullptr;
  for (const Actor& one : actors) {
    const bool older = !server || std::pair(one.start_ticks, one.pid) <
                                      std::pair(server->start_ticks, server->pid);
    if (one.role == Role::kServer && older) server = &one;
  }
  for (Actor& one : actors) {
    if (one.role == Role::kServer && &one != server) one.role = Role::kWorker;
  }
}

}  // namespace

const char* Word(Role role) {
  switch (role) {
    case Role::kOrchestrator: return "orchestrator";
    case Role::kKeeper: return "keeper";
    case Role::kServer: return "fork server";
    case Role::kWorker: return "worker";
  }
  return "";
}

bool ProcessWatch::IsOurs(const ProcessEntry& process) {
  const std::pair key(process.pid, process.start_ticks);
  if (strangers_.contains(key)) return false;
  if (EnvironmentOf(process.pid, "SWEEPFORMER_CHAOS") == mark_) return true;
  if (process.parent != getpid()) strangers_.insert(key);  // our child may not have exec'd yet
  return false;
}

const std::vector<Actor>& ProcessWatch::Look() {
  ++looks_;
  actors_.clear();
  for (const ProcessEntry& process : ReadProcesses()) {
    if (process.state == 'Z' || process.state == 'X' || !IsOurs(process)) continue;
    Actor actor{process.pid,     process.start_ticks, process.parent,
                process.session, RoleOf(process.pid), 0};
    if (actor.role == Role::kWorker || actor.role == Role::kServer) {
      actor.attempt = AttemptOf(EnvironmentOf(process.pid, kTreeVariable));
    }
    actors_.push_back(actor);
  }
  TellServersChildren(actors_);
  for (const Actor& actor : actors_) {
    if (actor.role != Role::kWorker) continue;
    Life& life = lives_[{actor.pid, actor.start_ticks}];
    if (life.first_look == 0) life.first_look = looks_;
    life.last_look = looks_;
    if (actor.attempt != 0) life.attempt = actor.attempt;
  }
  return actors_;
}

}  // namespace sweepformer::chaos
