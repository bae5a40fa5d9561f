#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "orchestrator/core/parameter_table.h"
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
  int warmup_steps = 0;     ///< of a probe: steps before any is timed
};

/// By what and on what runs are carried out; a plan has few of these.
struct RunBasis {
  std::string dataset_fingerprint;
  std::string worker_version;
};

/// What the trainings of one cell have in common; its probes measure the same. Immutable.
class CellConfig {
 public:
  CellConfig(std::shared_ptr<const RunBasis> basis, ParameterRow parameters,
             std::string parent_cell);

  /// 32 hex digits, XXH3-128 of a training's content without the seed. Stored; append only.
  const std::string& id() const { return id_; }

  const RunBasis& basis() const { return *basis_; }
  const ParameterRow& parameters() const { return parameters_; }
  const std::string& parent_cell() const { return parent_cell_; }

 private:
  std::shared_ptr<const RunBasis> basis_;
  ParameterRow parameters_;
  std::string parent_cell_;
  std::string id_;
};

/// One resolved point of a sweep: immutable, identified by the hash of its content. Copies share
/// their cell.
class RunConfig {
 public:
  explicit RunConfig(const RunContent& content);
  RunConfig(std::shared_ptr<const CellConfig> cell, std::int64_t seed, std::string parent);

  /// The `round`-th measurement of the cell's speed, from 1; that is its seed. It has no parent:
  /// what the weights are worth does not show in the speed.
  static RunConfig Probe(std::shared_ptr<const CellConfig> cell, int round, int warmup_steps);

  /// 32 hex digits, XXH3-128 of the content with the seed. Stored; append only.
  const std::string& id() const { return id_; }

  /// As id but without the seed: runs that differ only in seed, or in kind, share it.
  const std::string& cell() const { return cell_->id(); }

  RunContent content() const;
  RunKind kind() const { return kind_; }
  int warmup_steps() const { return warmup_steps_; }  ///< of a probe
  Parameters parameters() const { return cell_->parameters().All(); }
  std::int64_t seed() const { return seed_; }
  const std::string& parent() const { return parent_; }
  const RunBasis& basis() const { return cell_->basis(); }

 private:
  RunConfig(std::shared_ptr<const CellConfig> cell, RunKind kind, std::int64_t seed,
            std::string parent, int warmup_steps);

  std::shared_ptr<const CellConfig> cell_;
  RunKind kind_;
  std::int64_t seed_;
  std::string parent_;
  int warmup_steps_;
  std::string id_;
};

}  // namespace sweepformer
