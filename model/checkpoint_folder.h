#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/safetensors.h"
#include "orchestrator/core/status.h"

namespace sweepformer::model {

/// What a checkpoint file held.
struct StoredState {
  TensorFile state;  ///< views of `bytes`
  std::unique_ptr<const std::string> bytes;
};

/// The checkpoint files of one run (CHECKPOINT.md): the last one and the one before it, so that
/// there is a good one whenever the process or the machine stops.
class CheckpointFolder {
 public:
  /// Removes what an earlier process left half written.
  explicit CheckpointFolder(std::filesystem::path folder);

  /// Durable when it returns. Takes no memory for tensors on the CPU.
  Status Write(const TensorFile& state) const;

  /// The last state that is whole and whose metadata have all of `identity`; nothing if there is
  /// none. Says in `passed_over` which file was not taken, and why.
  std::optional<StoredState> FindLast(const std::map<std::string, std::string>& identity,
                                      std::vector<std::string>& passed_over) const;

  std::filesystem::path last() const { return folder_ / "checkpoint"; }
  std::filesystem::path previous() const { return folder_ / "checkpoint.previous"; }

 private:
  std::filesystem::path folder_;
};

}  // namespace sweepformer::model
