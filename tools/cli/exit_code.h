#pragma once

#include "orchestrator/core/status.h"

namespace sweepformer::cli {

/// Exit codes (contract.md; stored in users' scripts, append only). 129, 130 and 143: interrupted.
enum ExitCode {
  kExitOk = 0,
  kExitFailedRuns = 1,
  kExitUsage = 2,
  kExitStore = 3,
  kExitNotFound = 4,
};

inline int ExitCodeOf(const Status& status) {
  switch (status.code()) {
    case Code::kOk: return kExitOk;
    case Code::kInvalidArgument: return kExitUsage;
    case Code::kNotFound: return kExitNotFound;
    case Code::kUnavailable:
    case Code::kCanceled:
    case Code::kIo:
    case Code::kInternal: return kExitStore;
  }
  return kExitStore;
}

}  // namespace sweepformer::cli
