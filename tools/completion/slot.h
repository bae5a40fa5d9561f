#pragma once

#include <string>
#include <vector>

#include "tools/cli/command.h"

namespace sweepformer::cli {

/// The place on a command line where the cursor is, and what stands before it.
struct Slot {
  const Command* command = nullptr;  ///< none while the command itself is typed
  std::string kind;  ///< the argument's name, e.g. "SWEEP" or "K=V"; "COMMAND", "OPTION" or ""
  std::vector<std::string> choices;  ///< all values there are; empty: any
  std::string head;                  ///< what of the word stays as it is, e.g. "--store="
  std::string typed;                 ///< the rest of the word so far
  Arguments before;
};

/// `words` follow the program's name; the last one, which may be empty, is being typed. Words that
/// make no sense are passed over.
Slot FindSlot(const std::vector<std::string>& words);

}  // namespace sweepformer::cli
