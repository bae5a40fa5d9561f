#pragma once

#include <string>
#include <vector>

namespace sweepformer::cli {

/// A term and what it means.
struct Fact {
  std::string term;
  std::string meaning;
};

/// What holds for every command, as help and man pages print it.
const std::vector<Fact>& ExitCodeFacts();
const std::vector<Fact>& EnvironmentFacts();
const std::vector<Fact>& FileFacts();

/// A newcomer's first commands.
const std::vector<Fact>& FirstSteps();

}  // namespace sweepformer::cli
