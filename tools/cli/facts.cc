#include "tools/cli/facts.h"

namespace sweepformer::cli {

const std::vector<Fact>& ExitCodeFacts() {
  static const std::vector<Fact> facts = {
      {"0", "all went well; of run: all runs succeeded"},
      {"1", "some runs failed"},
      {"2", "the command line, the spec or the data are wrong"},
      {"3", "trouble with the store or the disk, or another orchestrator holds the store"},
      {"4", "no such sweep, run or data set, or --only matches nothing"},
      {"129, 130, 143", "interrupted: a closed terminal, Ctrl-C, SIGTERM"}};
  return facts;
}

const std::vector<Fact>& EnvironmentFacts() {
  static const std::vector<Fact> facts = {
      {"SWEEPFORMER_DATA", "where data sets lie, unless --data says so"},
      {"SWEEPFORMER_WORKER", "the built-in worker, if it is not beside sweepformer"},
      {"XDG_CACHE_HOME", "where the cache is kept (default ~/.cache)"},
      {"TERM", "dumb, or none: run prints a line per run in place of one that moves"}};
  return facts;
}

const std::vector<Fact>& FileFacts() {
  static const std::vector<Fact> facts = {
      {"sweepformer.db", "the store, unless --store names another: plain SQLite"},
      {"sweepformer.db.lock", "held by the orchestrator that writes to the store"},
      {"sweepformer.db.runs/",
       "logs of attempts that printed something, checkpoints, kept weights"},
      {"~/.cache/sweepformer/", "what can be found out again; may be deleted"}};
  return facts;
}

const std::vector<Fact>& FirstSteps() {
  static const std::vector<Fact> steps = {
      {"sweepformer init mine.toml", "write a spec to start from"},
      {"sweepformer plan mine.toml", "what would run, and why"},
      {"sweepformer run mine.toml", "run it; the same command again resumes"},
      {"sweepformer compare mine", "what came of it"}};
  return steps;
}

}  // namespace sweepformer::cli
