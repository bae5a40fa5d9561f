#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace sweepformer {

/// The marks of a keeper's attempts: values of kTreeVariable (process_table.h) in their processes.
/// Attempts are numbered by each store for itself, and a run may start a sweep: what its processes
/// carry is not to be taken for a mark of ours, so the keeper is named too.
class TreeMarks {
 public:
  /// `start_ticks` are those of the keeper's process.
  TreeMarks(pid_t keeper, std::int64_t start_ticks);

  /// Those of a keeper that is this process.
  static TreeMarks OfThisProcess();

  std::string Of(std::int64_t attempt) const;

  /// Whether `mark` is that of any attempt of this keeper.
  bool IsOurs(const std::string& mark) const { return mark.starts_with(stem_); }

 private:
  std::string stem_;  ///< with which they all begin
};

}  // namespace sweepformer
