#include "model/checkpoint_folder.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "orchestrator/core/crash_point.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/hash.h"

namespace sweepformer::model {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHashDigits = 32;

/// The safetensors part of a checkpoint file.
Result<std::string_view> CheckedPart(std::string_view bytes) {
  const std::size_t size = bytes.size() < kHashDigits ? 0 : bytes.size() - kHashDigits;
  const std::string_view part = bytes.substr(0, size);
  if (size > 0 && HashHex(part) == bytes.substr(size)) return part;
  return InvalidArgument("it was cut or altered: its checksum does not fit");
}

Status CheckIdentity(const TensorFile& state, const std::map<std::string, std::string>& identity) {
  for (const auto& [name, value] : identity) {
    const auto found = state.metadata.find(name);
    const std::string stored = found == state.metadata.end() ? "" : found->second;
    if (stored == value) continue;
    return InvalidArgument(fmt::format("its {} is '{}', here it is '{}'", name, stored, value));
  }
  return {};
}

Result<StoredState> ReadState(const fs::path& path,
                              const std::map<std::string, std::string>& identity) {
  SF_ASSIGN(std::string content, ReadFile(path));
  StoredState stored{{}, std::make_unique<const std::string>(std::move(content))};
  SF_ASSIGN(const std::string_view part, CheckedPart(*stored.bytes));
  SF_ASSIGN(stored.state, ViewSafetensors(part));
  SF_TRY(CheckIdentity(stored.state, identity));
  return stored;
}

}  // namespace

CheckpointFolder::CheckpointFolder(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("checkpoint.") && name.ends_with(".tmp")) fs::remove(entry, error);
  }
}

Status CheckpointFolder::Write(const TensorFile& state) const {
  SF_ASSIGN(NewFile file, NewFile::Begin(last()));
  Hasher hasher;
  Status written;
  EmitSafetensors(state, [&](std::string_view piece) {
    hasher.Add(piece);
    if (written.ok()) written = file.Append(piece);
  });
  SF_TRY(written);
  SF_TRY(file.Append(hasher.Hex()));
  Reach(CrashPoint::kWorkerInCheckpoint);
  SF_TRY(file.Sync());
  Reach(CrashPoint::kWorkerBeforeRename);
  std::error_code error;
  fs::rename(last(), previous(), error);  // fails where there is none yet
  Reach(CrashPoint::kWorkerInRename);
  SF_TRY(file.Finish());
  Reach(CrashPoint::kWorkerAfterCheckpoint);
  return {};
}

std::optional<StoredState> CheckpointFolder::FindLast(
    const std::map<std::string, std::string>& identity,
    std::vector<std::string>& passed_over) const {
  for (const fs::path& path : {last(), previous()}) {
    auto stored = ReadState(path, identity);
    if (stored.ok()) return std::move(stored).value();
    if (stored.status().code() == Code::kNotFound) continue;
    passed_over.push_back(
        fmt::format("passed over {}: {}", path.filename().string(), stored.status().message()));
  }
  return std::nullopt;
}

}  // namespace sweepformer::model
