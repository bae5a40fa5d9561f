#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "orchestrator/core/value.h"

namespace sweepformer {

/// What kind of work a run is. Stored as these words; append only.
enum class RunKind { kTrain, kProbe };

std::string_view RunKindWord(RunKind kind);

/// Everything that decides what a run computes, and nothing else (architecture.md, decision 2).
struct RunContent {
  RunKind kind = RunKind::kTrain;
  Parameters parameters;  ///< resolved, canonical; inactive parameters are absent
  std::int64_t seed = 0;
  std::string dataset_fingerprint;  ///< empty for a worker that reads no data set of ours
  std::string worker_version;
  std::string parent;       ///< id of the run whose weights this one starts from, or empty
  std::string parent_cell;  ///< that run's cell: what all seeds' parents have in common
};

/// One resolved point of a sweep: immutable, identified by the hash of its content.
class RunConfig {
 public:
  explicit RunConfig(RunContent content);

  const RunContent& content() const { return content_; }
  const Parameters& parameters() const { return content_.parameters; }
  std::int64_t seed() const { return content_.seed; }

  /// 32 hex digits, XXH3-128 of CanonicalText with the seed. Stored; append only.
  const std::string& id() const { return id_; }

  /// As id but without the seed: runs that differ only in seed share it.
  const std::string& cell() const { return cell_; }

 private:
  RunContent content_;
  std::string id_;
  std::string cell_;
};

/// `parameters` as one JSON object: names lower case and sorted, values canonical, absent ones left
/// out.
std::string CanonicalJson(const Parameters& parameters);

}  // namespace sweepformer
