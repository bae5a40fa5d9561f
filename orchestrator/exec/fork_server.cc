#include "orchestrator/exec/fork_server.h"

#include <poll.h>

#include <algorithm>
#include <csignal>

#include "orchestrator/exec/process_table.h"
#include "orchestrator/exec/protocol.h"
#include "orchestrator/exec/spawn.h"

namespace sweepformer {
namespace {

std::vector<int> NumbersOf(const std::vector<UniqueFd>& fds) {
  std::vector<int> numbers;
  for (const UniqueFd& fd : fds) numbers.push_back(fd.get());
  return numbers;
}

}  // namespace

Status ForkServer::StartProgram() {
  SF_ASSIGN(auto ends, PacketSocket::MakePair());
  ProcessSetup setup;
  setup.environment[kTreeVariable] = UnmarkedTree();
  // No library may start threads before the fork; each process says how many it wants.
  for (const char* name : kThreadVariables) setup.environment[name] = "1";
  setup.standard_input = ends.second.fd();
  setup.kept_open = kept_open_;
  SF_ASSIGN(pid_, Spawn(command_, setup));
  socket_ = std::move(ends.first);
  return {};
}

void ForkServer::Ask(ServeOrder order) { queue_.push_back(std::move(order)); }

bool ForkServer::Withdraw(std::int64_t attempt) {
  const auto queued = std::find_if(queue_.begin(), queue_.end(), [&](const ServeOrder& order) {
    return order.request.attempt == attempt;
  });
  if (queued != queue_.end()) {
    queue_.erase(queued);
    return true;
  }
  const auto it = asked_.find(attempt);
  if (it != asked_.end() && !it->second.withdrawn) {
    it->second.withdrawn = true;
    Kill();
  }
  return false;
}

std::vector<ServeReply> ForkServer::Exchange() {
  std::vector<ServeReply> replies;
  // Once more where the program turns out to be dead: nothing else may wake the caller for it.
  while (!broken_ && (socket_.fd() >= 0 || !queue_.empty())) {
    if (socket_.fd() < 0 && !StartProgram().ok()) {
      broken_ = true;
      break;
    }
    SendQueued();
    if (TakeReplies(replies)) break;
    StartOver();
  }
  return replies;
}

void ForkServer::SendQueued() {
  while (!queue_.empty()) {
    ServeOrder& order = queue_.front();
    const auto sent = socket_.TrySend(FormatServeRequest(order.request), NumbersOf(order.fds));
    if (!sent.ok() || !*sent) return;  // it is dead, which shows in what it says, or busy
    asked_.emplace(order.request.attempt, Asked{std::move(order)});
    queue_.pop_front();
  }
}

/// False if the server is gone.
bool ForkServer::TakeReplies(std::vector<ServeReply>& replies) {
  // A connection that was reset says so before it gives out what is left in it.
  for (int closed = 0; socket_.HasPacket();) {
    const auto packet = socket_.Receive();
    if (!packet.ok() && ++closed == 2) return false;
    auto reply = packet.ok() ? ParseServeReply(packet->text) : packet.status();
    if (!reply.ok()) continue;
    failures_ = 0;
    if (asked_.erase(reply->attempt) > 0) replies.push_back(std::move(*reply));
  }
  return true;
}

/// The server is gone, and so is every process of its that had not said so: its end of the socket
/// would be open otherwise.
void ForkServer::StartOver() {
  Kill();
  socket_ = PacketSocket();
  const bool withdrawn = std::any_of(asked_.begin(), asked_.end(),
                                     [](const auto& asked) { return asked.second.withdrawn; });
  for (auto it = asked_.rbegin(); it != asked_.rend(); ++it) {
    if (it->second.withdrawn) {
      dropped_.push_back(it->first);
    } else {
      queue_.push_front(std::move(it->second.order));
    }
  }
  asked_.clear();
  broken_ = !withdrawn && ++failures_ == kMostFailures;
}

void ForkServer::Kill() const {
  if (pid_ > 0) kill(pid_, SIGKILL);
}

std::vector<ServeOrder> ForkServer::TakeUnservable() {
  std::vector<ServeOrder> orders;
  if (!broken_) return orders;
  for (ServeOrder& order : queue_) orders.push_back(std::move(order));
  queue_.clear();
  return orders;
}

short ForkServer::events() const {
  return static_cast<short>(queue_.empty() ? POLLIN : POLLIN | POLLOUT);
}

}  // namespace sweepformer
