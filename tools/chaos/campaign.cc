#include "tools/chaos/campaign.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "orchestrator/core/clock.h"
#include "orchestrator/core/file.h"
#include "orchestrator/sql/connection.h"

namespace sweepformer::chaos {
namespace {

constexpr int kLookMs = 10;
constexpr int kSurvivalMs = 1000;
/// Every so many kills of the orchestrator nothing is launched for a second: is anything left?
constexpr int kKillsToCheck = 10;
/// Longer than any end or start of ours may take on a busy machine.
constexpr int kPatienceMs = 20'000;
constexpr int kLongestRestMs = 1'800'000;
constexpr int kKeeperDiedExit = 3;

[[noreturn]] void BecomeOrchestrator(const CampaignOptions& options) {
  if (chdir(options.folder.c_str()) != 0) _exit(127);
  setenv("SWEEPFORMER_CHAOS", options.folder.c_str(), 1);
  setenv("XDG_CACHE_HOME", (options.folder / "cache").c_str(), 1);
  const int out = open("launches.log", O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  std::vector<std::string> words = {options.program.string()};
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  _exit(127);
}

/// The last line the launches wrote.
std::string LastWords(const CampaignOptions& options) {
  const auto text = ReadFile(options.folder / "launches.log");
  if (!text.ok()) return "";
  const std::size_t end = text->find_last_not_of('\n');
  if (end == std::string::npos) return "";
  const std::size_t before = text->rfind('\n', end);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return text->substr(begin, end + 1 - begin);
}

}  // namespace

Status RunToEnd(const CampaignOptions& options) {
  const pid_t pid = fork();
  if (pid < 0) return IoError("cannot fork");
  if (pid == 0) BecomeOrchestrator(options);
  int status = 0;
  waitpid(pid, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return IoError("the undisturbed sweep failed: " + LastWords(options));
}

Campaign::Campaign(const CampaignOptions& options)
    : options_(options), watch_(options.folder.string()), random_(options.seed) {}

Status Campaign::Launch() {
  orchestrator_ = fork();
  if (orchestrator_ < 0) return IoError("cannot fork");
  if (orchestrator_ == 0) BecomeOrchestrator(options_);
  ++log_.launches;
  return {};
}

/// Looks at the processes again and again until `condition` holds; false when the time is over.
bool Campaign::WatchUntil(int limit_ms, const std::function<bool()>& condition) {
  const std::int64_t deadline = SteadyMs() + limit_ms;
  for (;;) {
    watch_.Look();
    if (condition()) return true;
    const std::int64_t left = deadline - SteadyMs();
    if (left <= 0) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min<std::int64_t>(kLookMs, left)));
  }
}

/// Whether no orchestrator runs; notes how it ended.
bool Campaign::HasEnded() {
  int status = 0;
  if (orchestrator_ == 0 || waitpid(orchestrator_, &status, WNOHANG) != orchestrator_) {
    return orchestrator_ == 0;
  }
  orchestrator_ = 0;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

int Campaign::Succeeded() const {
  const auto connection = Connection::Open(options_.store, OpenMode::kReadOnly);
  if (!connection.ok()) return 0;
  const auto count = connection->QueryValue("SELECT count(*) FROM run WHERE state = 'succeeded'");
  const auto* number = count.ok() ? std::get_if<std::int64_t>(&*count) : nullptr;
  return number ? static_cast<int>(*number) : 0;
}

/// Until the next kill: at random, and shorter or longer on average as the sweep is ahead of the
/// kills or behind them, so that these meet all of it.
int Campaign::Pause() {
  const std::int64_t sweep = std::int64_t{Succeeded()} * options_.kills;
  const std::int64_t kills = std::int64_t{Kills()} * options_.runs;
  const double pace = sweep > kills ? 0.25 : 2 * sweep < kills ? 4 : 1;
  std::exponential_distribution<double> pause(1.0 / (pace * options_.mean_ms));
  return static_cast<int>(std::min(pause(random_), 4 * pace * options_.mean_ms));
}

int Campaign::Kills() const {
  int kills = 0;
  for (const auto& [role, count] : log_.kills) kills += count;
  return kills;
}

/// Kills one process: every role that exists is as likely. Of a worker's tree it is the program
/// itself: what a helper's death means is the program's affair.
void Campaign::Strike() {
  std::map<Role, std::vector<Actor>> by_role;
  for (const Actor& actor : watch_.Look()) {
    const bool helper = actor.role == Role::kWorker && actor.session != actor.pid;
    if (actor.role != Role::kOrchestrator && !helper) by_role[actor.role].push_back(actor);
  }
  if (orchestrator_ != 0) {
    Actor& orchestrator = by_role[Role::kOrchestrator].emplace_back();
    orchestrator.pid = orchestrator_;
    orchestrator.role = Role::kOrchestrator;
  }
  if (by_role.empty()) return;
  auto chosen = by_role.begin();
  std::advance(chosen, static_cast<long>(random_() % by_role.size()));
  const Actor& victim = chosen->second[random_() % chosen->second.size()];
  if (kill(victim.pid, SIGKILL) != 0) return;  // it was quicker
  ++log_.kills[victim.role];
  if (victim.role == Role::kOrchestrator) AfterOrchestrator();
  if (victim.role == Role::kKeeper) AfterKeeper(victim.parent);
}

void Campaign::AfterOrchestrator() {
  waitpid(orchestrator_, nullptr, 0);
  orchestrator_ = 0;
  if (log_.kills[Role::kOrchestrator] % kKillsToCheck == 0) CountSurvivors();
}

/// Its orchestrator must end by itself, and say what to do.
void Campaign::AfterKeeper(pid_t parent) {
  if (parent != orchestrator_ || orchestrator_ == 0) return;  // of one that was dead already
  if (!WatchUntil(kPatienceMs, [&] { return HasEnded(); })) {
    log_.oddities.push_back(
        fmt::format("the orchestrator outlived its keeper by {} s", kPatienceMs / 1000));
    kill(orchestrator_, SIGKILL);
    return AfterOrchestrator();
  }
  if (exit_code_ != kKeeperDiedExit && exit_code_ != 0) {
    log_.oddities.push_back(
        fmt::format("exit code {} after the keeper's death: {}", exit_code_, LastWords(options_)));
  }
}

void Campaign::CountSurvivors() {
  WatchUntil(kSurvivalMs, [] { return false; });
  const int alive = static_cast<int>(watch_.Look().size());
  ++log_.checks;
  log_.most_survivors = std::max(log_.most_survivors, alive);
  for (const Actor& actor : watch_.actors()) {
    log_.oddities.push_back(
        fmt::format("a {} (pid {}) was alive 1 s after the kill", Word(actor.role), actor.pid));
  }
}

void Campaign::FinishUndisturbed() {
  if (!WatchUntil(kLongestRestMs, [&] { return HasEnded(); })) {
    log_.oddities.push_back(
        fmt::format("left alone, it did not end in {} s", kLongestRestMs / 1000));
    kill(orchestrator_, SIGKILL);
    waitpid(orchestrator_, nullptr, 0);
    orchestrator_ = 0;
  } else if (exit_code_ != 0) {
    log_.oddities.push_back(
        fmt::format("left alone, it ended with exit code {}: {}", exit_code_, LastWords(options_)));
  }
}

Result<CampaignLog> Campaign::Run() {
  while (Kills() < options_.kills) {
    if (orchestrator_ == 0) SF_TRY(Launch());
    if (WatchUntil(Pause(), [&] { return HasEnded(); })) {
      log_.oddities.push_back(
          exit_code_ == 0
              ? fmt::format("the sweep was done after {} kills; give it more --runs", Kills())
              : fmt::format("after {} kills it ended by itself with exit code {}: {}", Kills(),
                            exit_code_, LastWords(options_)));
      if (exit_code_ == 0 || exit_code_ == 127) break;
    }
    Strike();
  }
  // The last kill is the orchestrator's, and nobody comes to clean up.
  if (orchestrator_ == 0) SF_TRY(Launch());
  WatchUntil(options_.mean_ms, [] { return false; });
  if (!HasEnded()) {
    kill(orchestrator_, SIGKILL);
    ++log_.kills[Role::kOrchestrator];
    waitpid(orchestrator_, nullptr, 0);
    orchestrator_ = 0;
  }
  CountSurvivors();
  SF_TRY(Launch());
  FinishUndisturbed();
  CountSurvivors();
  return log_;
}

}  // namespace sweepformer::chaos
