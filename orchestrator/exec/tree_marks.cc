#include "orchestrator/exec/tree_marks.h"

#include <fmt/format.h>
#include <unistd.h>

#include "orchestrator/exec/process_table.h"

namespace sweepformer {

TreeMarks::TreeMarks(pid_t keeper, std::int64_t start_ticks)
    : stem_(fmt::format("{}.{}.", keeper, start_ticks)) {}

TreeMarks TreeMarks::OfThisProcess() {
  const auto self = ReadProcess(getpid());
  return {getpid(), self ? self->start_ticks : 0};
}

std::string TreeMarks::Of(std::int64_t attempt) const { return stem_ + std::to_string(attempt); }

}  // namespace sweepformer
