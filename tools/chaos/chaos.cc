// Kills the processes of a sweep at random moments, gives the same command again each time, and
// compares what came of it with the sweep undisturbed. Exit code 0: nothing was lost, run twice,
// left alive or changed. README.md has the figures.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <random>
#include <string_view>

#include "orchestrator/core/clock.h"
#include "tools/chaos/audit.h"
#include "tools/chaos/campaign.h"

namespace sweepformer::chaos {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHelp =
    R"(chaos kills a sweep's processes at random moments and checks what comes of it.

usage: chaos [--kills N] [--runs N] [--mean-ms N] [--seed N] [--slots N] [--folder DIR] [--toy | --brief]
  --kills    so many kill -9 (200), of orchestrator, keeper, fork server and worker
  --runs     of the sweep (600)
  --mean-ms  between two kills, exponentially distributed (600)
  --seed     of victims and moments (from the clock; it is printed)
  --slots    runs at once (2)
  --folder   where spec, stores and logs go (a new one under /tmp, kept if the check fails)
  --toy      runs are shell scripts of a tenth of a second, not trainings
  --brief    they are shell scripts that end at once
)";

struct Options {
  CampaignOptions campaign;
  int slots = 2;
  bool toy = false;
  bool brief = false;
  bool own_folder = true;
};

/// A sweep of short trainings, of several designs.
std::string TrainingSpec(int runs) {
  std::string spec = R"(spec = 1
name = "chaos"
[base]
dataset = "synthetic-reviews"
rows = 400
input = "title"
max_length = 16
d_model = 16
d_ff = 32
layers = 1
heads = 2
epochs = 3
[axes]
attention = ["full", "linformer", "none"]
[axes.compression]
when = "attention = 'linformer'"
values = [4]
)";
  spec += "[repeat]\nseeds = [1";
  for (int seed = 2; seed <= runs / 3; ++seed) spec += fmt::format(", {}", seed);
  return spec + "]\n";
}

std::string ScriptSpec(int runs, std::string_view script) {
  return fmt::format(R"(spec = 1
name = "chaos"
[axes]
x = {{ from = 1, to = {}, step = 1 }}
[worker]
command = ["sh", "-ec", '''{}''', "sh", "{{x}}"]
)",
                     runs, script);
}

constexpr std::string_view kToyScript = R"(sweepformer emit loss=$1 --step 1; sleep 0.1
sweepformer emit y=$(( $1 * 7 )) z=0.1)";
constexpr std::string_view kBriefScript =
    R"(echo "{{\"event\": \"metric\", \"name\": \"y\", \"value\": $1}}" >&3)";

std::string SpecOf(const Options& options) {
  const int runs = options.campaign.runs;
  if (options.brief) return ScriptSpec(runs, kBriefScript);
  return options.toy ? ScriptSpec(runs, kToyScript) : TrainingSpec(runs);
}

/// A worker that is killed is to be tried again however often.
std::string RetrySection() { return "[retry]\nattempts = 1000\n"; }

Result<int> Number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1) {
    return InvalidArgument(fmt::format("'{}': expected a whole number from 1", text));
  }
  return number;
}

Status Take(std::string_view name, std::string_view value, Options& options) {
  if (name == "--folder") {
    options.campaign.folder = fs::absolute(value);
    options.own_folder = false;
    return {};
  }
  SF_ASSIGN(const int number, Number(value));
  if (name == "--kills") return options.campaign.kills = number, Status();
  if (name == "--runs") return options.campaign.runs = number, Status();
  if (name == "--mean-ms") return options.campaign.mean_ms = number, Status();
  if (name == "--slots") return options.slots = number, Status();
  if (name == "--seed") return options.campaign.seed = static_cast<std::uint64_t>(number), Status();
  return InvalidArgument(fmt::format("unknown option '{}'; --help lists them", name));
}

Result<Options> OptionsFrom(const std::vector<std::string>& words) {
  Options options;
  options.campaign.seed = std::random_device()() % 1'000'000 + 1;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--toy") {
      options.toy = true;
    } else if (words[i] == "--brief") {
      options.brief = true;
    } else if (i + 1 < words.size()) {
      SF_TRY(Take(words[i], words[i + 1], options));
      ++i;
    } else {
      return InvalidArgument(
          fmt::format("'{}': unknown, or without a value; --help lists the options", words[i]));
    }
  }
  return options;
}

Status Prepare(Options& options) {
  if (options.own_folder) {
    std::string name = "/tmp/sweepformer-chaos-XXXXXX";
    if (!mkdtemp(name.data())) return IoError(name + ": the folder cannot be made");
    options.campaign.folder = name;
  }
  fs::create_directories(options.campaign.folder);
  CampaignOptions& campaign = options.campaign;
  campaign.program = fs::read_symlink("/proc/self/exe").parent_path() / "sweepformer";
  std::ofstream(campaign.folder / "chaos.toml") << SpecOf(options) << RetrySection();
  campaign.arguments = {"run", "chaos.toml", "--slots", std::to_string(options.slots), "--store"};
  return {};
}

/// The same sweep, from begin to end, into a store of its own.
Result<double> RunUndisturbed(const CampaignOptions& campaign) {
  CampaignOptions calm = campaign;
  calm.arguments.emplace_back("calm.db");
  calm.store = calm.folder / "calm.db";
  const std::int64_t began_ms = SteadyMs();
  SF_TRY(RunToEnd(calm));
  return static_cast<double>(SteadyMs() - began_ms) / 1000;
}

Result<bool> Carry(Options options) {
  SF_TRY(Prepare(options));
  CampaignOptions& campaign = options.campaign;
  fmt::print("seed {}, {} kills, {} runs, in {}\n", campaign.seed, campaign.kills, campaign.runs,
             campaign.folder.string());
  std::fflush(stdout);
  SF_ASSIGN(const double calm_s, RunUndisturbed(campaign));
  campaign.arguments.emplace_back("chaos.db");
  campaign.store = campaign.folder / "chaos.db";
  Campaign chaos(campaign);
  const std::int64_t began_ms = SteadyMs();
  SF_ASSIGN(const CampaignLog log, chaos.Run());
  const double took_s = static_cast<double>(SteadyMs() - began_ms) / 1000;
  SF_ASSIGN(const Audit audit,
            AuditStores(campaign.store, campaign.folder / "calm.db", chaos.watch()));
  const bool passed = Passed(audit, log);
  fmt::print("{}undisturbed it took {:.1f} s, disturbed {:.1f} s: {}\n", AuditText(audit, log),
             calm_s, took_s, passed ? "passed" : "FAILED");
  if (passed && options.own_folder) fs::remove_all(campaign.folder);
  return passed;
}

int Main(const std::vector<std::string>& words) {
  if (!words.empty() && words.front() == "--help") return fmt::print("{}", kHelp), 0;
  const auto options = OptionsFrom(words);
  const auto passed = options.ok() ? Carry(*options) : Result<bool>(options.status());
  if (passed.ok()) return *passed ? 0 : 1;
  fmt::print(stderr, "chaos: {}\n", passed.status().message());
  return 2;
}

}  // namespace
}  // namespace sweepformer::chaos

int main(int argc, char** argv) {
  return sweepformer::chaos::Main(std::vector<std::string>(argv + 1, argv + argc));
}
