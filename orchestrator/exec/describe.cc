#include "orchestrator/exec/describe.h"

#include <fmt/format.h>
#include <unistd.h>

#include "orchestrator/core/file.h"
#include "orchestrator/core/hash.h"
#include "orchestrator/exec/capture.h"
#include "orchestrator/exec/description_json.h"

namespace sweepformer {
namespace {

constexpr int kTimeoutMs = 60'000;
constexpr const char* kRemedy = "`make` builds the worker, SWEEPFORMER_WORKER=FILE names another";

std::filesystem::path CachePath(const std::filesystem::path& worker, const FileStamp& stamp) {
  const std::string key = fmt::format("{}\n{}\n{}", std::filesystem::absolute(worker).string(),
                                      stamp.size_bytes, stamp.mtime_ns);
  return CacheFolder() / "descriptions" / (HashHex(key) + ".json");
}

Result<DescribedWorker> Parse(std::string json) {
  SF_ASSIGN(WorkerDescription description, ParseDescription(json));
  return DescribedWorker{std::move(description), std::move(json)};
}

std::optional<DescribedWorker> Recall(const std::filesystem::path& cached) {
  auto text = ReadFile(cached);
  if (!text.ok()) return {};
  auto described = Parse(std::move(*text));
  return described.ok() ? std::optional(std::move(*described)) : std::nullopt;
}

}  // namespace

Result<DescribedWorker> DescribeWorker(const std::filesystem::path& worker) {
  const auto stamp = StampFile(worker);
  if (!stamp.ok() || access(worker.c_str(), X_OK) != 0) {
    return InvalidArgument(fmt::format("the worker {} is {}; {}", worker.string(),
                                       stamp.ok() ? "not a program that can be started" : "missing",
                                       kRemedy));
  }
  const std::filesystem::path cached = CachePath(worker, *stamp);
  if (auto known = Recall(cached)) return std::move(*known);
  auto output = CaptureOutput({worker.string(), "--describe"}, kTimeoutMs);
  if (!output.ok()) {
    return InvalidArgument(
        fmt::format("the worker cannot be used: {}; {}", output.status().message(), kRemedy));
  }
  auto described = Parse(std::move(*output));
  if (!described.ok()) {
    return InvalidArgument(fmt::format("the worker {} cannot be used: {}; {}", worker.string(),
                                       described.status().message(), kRemedy));
  }
  (void)WriteFileAtomic(cached, described->json);  // without a cache it is asked again
  return described;
}

std::optional<DescribedWorker> RecallDescription(const std::filesystem::path& worker) {
  const auto stamp = StampFile(worker);
  if (!stamp.ok()) return {};
  return Recall(CachePath(worker, *stamp));
}

}  // namespace sweepformer
