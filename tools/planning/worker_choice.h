#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/description.h"
#include "orchestrator/core/status.h"
#include "orchestrator/spec/sweep_spec.h"

namespace sweepformer {

/// The program that carries out a sweep's runs.
struct WorkerChoice {
  std::optional<WorkerDescription> description;  ///< of the built-in worker; none: a foreign one
  std::string description_json;                  ///< as the worker printed it, or empty
  std::string version;                           ///< part of every run id
  std::vector<std::string> command;              ///< argv; a foreign worker's with its placeholders
  std::vector<std::string> serve_command;        ///< of its fork server; empty: it has none

  bool foreign() const { return !description; }
  const WorkerDescription* described() const { return description ? &*description : nullptr; }

  /// Whether it reads our data sets, which are then looked up: its `dataset` has names of ours as
  /// choices and no others, synthetic-reviews, which nobody else has, among them.
  bool reads_known_sets() const;

  /// Whether it carries out runs of kind probe: one that does declares what they report.
  bool probes() const;

  /// The description's parameters; for a foreign worker those of the spec, as they are first named.
  std::vector<std::string> ParametersOf(const SweepSpec& spec) const;
};

/// The built-in worker beside this program (SWEEPFORMER_WORKER names another), or the one of the
/// spec's [worker]. A foreign worker's version is a hash of its command template, its `version` and
/// the content of its `files`, which are found from the spec's folder (the command itself runs in
/// the caller's). InvalidArgument with file:line:col for a file that is missing.
Result<WorkerChoice> ChooseWorker(const SweepSpec& spec);

/// Where the built-in worker is looked for.
std::filesystem::path BuiltInWorker();

/// The folder of the running program.
std::filesystem::path ProgramFolder();

}  // namespace sweepformer
