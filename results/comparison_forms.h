#pragma once

#include <string>

#include "results/answer.h"

namespace sweepformer {

/// The records of an answer, with a header.
std::string AnswerCsv(const Answer& answer);

/// As COMPARE.md says.
std::string AnswerJson(const Answer& answer);

}  // namespace sweepformer
