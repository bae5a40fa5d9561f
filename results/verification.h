#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"
#include "orchestrator/sql/connection.h"

namespace sweepformer {

struct RunRecord;

/// A succeeded run was carried out once more and compared with its result, which stays as it is.
struct Verification {
  std::string run;
  std::string host;
  std::int64_t started_ms = 0;
  std::int64_t ended_ms = 0;
  std::string difference;  ///< the first, in words; empty: bit-equal
  std::string provenance_json;
  std::string log_path;

  bool equal() const { return difference.empty(); }
};

/// What a run said when it was carried out once more.
struct RepeatedRun {
  std::map<std::string, double, NameLess> final_metrics;
  std::optional<std::vector<bool>> test_hits;
  std::string provenance_json;
};

/// Something that should be equal and is not.
struct Mismatch {
  std::string what;
  std::string before;
  std::string now;
};

/// Where `again` is not bit-equal with `run`'s result: its metrics that the worker declares
/// reproducible, in their order, then the test items of which it got another one right.
/// `test_hits` are the accepted ones. NaN equals NaN.
std::vector<Mismatch> MismatchesOf(const RunRecord& run,
                                   const std::optional<std::vector<bool>>& test_hits,
                                   const RepeatedRun& again);

/// The members in which two objects of provenance differ: host, CPU, versions, threads.
std::vector<Mismatch> ProvenanceMismatches(const std::string& before, const std::string& now);

/// Right or wrong for each test item of a succeeded run; nothing if its worker did not say.
Result<std::optional<std::vector<bool>>> TestHitsOf(const Connection& connection,
                                                    const std::string& run);

/// By time.
Result<std::vector<Verification>> VerificationsOf(const Connection& connection,
                                                  const std::string& run);

}  // namespace sweepformer
