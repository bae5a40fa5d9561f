#include "orchestrator/exec/attempt_tree.h"

#include <catch2/catch.hpp>
#include <map>

using namespace sweepformer;
using Pids = std::set<pid_t>;

// No process here exists: the keeper is 100, attempt 1 has program 1000, attempt 2 program 2000.

namespace {

constexpr pid_t kKeeper = 100;

/// What the processes would show, and which were asked for their marks.
struct MadeUp {
  TreeMarks marks{kKeeper, 7};
  std::map<pid_t, std::string> marked;
  std::map<pid_t, rlim_t> brands;
  Pids holders;  ///< of whatever pipes are asked for
  Pids without_memory;
  std::vector<pid_t> asked;

  TreeLook Look(std::vector<ProcessEntry> below) {
    ProcessFacts facts;
    facts.mark = [this](pid_t pid) {
      asked.push_back(pid);
      return marked[pid];
    };
    facts.brand = [this](pid_t pid) { return brands[pid]; };
    facts.holds_any = [this](pid_t pid, const std::set<FileId>& files) {
      return !files.empty() && holders.contains(pid);
    };
    facts.has_no_memory = [this](pid_t pid) { return without_memory.contains(pid); };
    return {kKeeper, std::move(below), marks, facts};
  }

  /// With the two programs in it, which live.
  TreeLook LookWithPrograms(std::vector<ProcessEntry> others) {
    std::vector<ProcessEntry> below = {{1000, kKeeper, 1000, 'S', 1},
                                       {2000, kKeeper, 2000, 'S', 2}};
    below.insert(below.end(), others.begin(), others.end());
    TreeLook look = Look(std::move(below));
    look.AddProgram(1, 1000, /*ended=*/false);
    look.AddProgram(2, 2000, /*ended=*/false);
    return look;
  }
};

TreeSigns SignsOf(pid_t program) {
  TreeSigns signs;
  signs.pid = program;
  return signs;
}

}  // namespace

TEST_CASE("an attempt's are its program, the session, and what is below them", "[tree]") {
  MadeUp made_up;
  TreeLook look = made_up.LookWithPrograms({{1001, kKeeper, 1000, 'S', 3},  // an orphan
                                            {1002, 1000, 1000, 'R', 3},
                                            {2001, 2000, 2001, 'S', 3},
                                            {1003, 1002, 1003, 'S', 4},  // has left the session
                                            {1004, 1003, 1003, 'S', 5}});
  CHECK(look.TreeOf(1, SignsOf(1000)).alive == Pids{1000, 1001, 1002, 1003, 1004});
  CHECK(look.TreeOf(2, SignsOf(2000)).alive == Pids{2000, 2001});
  CHECK(made_up.asked.empty());
}

TEST_CASE("what has left the session and lost its parent is known by its mark", "[tree]") {
  MadeUp made_up;
  made_up.marked[1001] = made_up.marks.Of(1);
  TreeLook look = made_up.LookWithPrograms(
      {{1001, kKeeper, 1001, 'S', 3}, {3000, kKeeper, 3000, 'S', 3}, {1002, 1001, 1001, 'S', 4}});
  CHECK(look.TreeOf(1, SignsOf(1000)).alive == Pids{1000, 1001, 1002});
  CHECK(look.TreeOf(2, SignsOf(2000)).alive == Pids{2000});
  CHECK_FALSE(look.TreeOf(1, SignsOf(1000)).unsure);
  // 1002 is asked for the second attempt's sake alone: for the first its parent says enough.
  CHECK(made_up.asked == std::vector<pid_t>{1001, 3000, 1002});
}

TEST_CASE("what shows nothing else is known by its brand", "[tree]") {
  MadeUp made_up;
  made_up.brands = {{1001, 11}, {2001, 22}, {3000, 33}};
  TreeLook look = made_up.LookWithPrograms({{1001, kKeeper, 1001, 'S', 3},
                                            {2001, kKeeper, 2001, 'S', 3},
                                            {3000, kKeeper, 3000, 'S', 3},
                                            {1002, 1001, 1002, 'S', 4}});
  TreeSigns signs = SignsOf(1000);
  signs.brand = 11;
  CHECK(look.TreeOf(1, signs).alive == Pids{1000, 1001, 1002});
  CHECK(look.TreeOf(1, SignsOf(1000)).alive == Pids{1000});  // none says nothing
}

TEST_CASE("a branded process that is about to end leaves it unsure what it forked", "[tree]") {
  MadeUp made_up;
  made_up.brands = {{1001, 11}};
  made_up.without_memory = {1001};
  TreeLook look = made_up.LookWithPrograms({{1001, kKeeper, 1001, 'S', 3}});
  TreeSigns signs = SignsOf(1000);
  signs.brand = 11;
  CHECK(look.TreeOf(1, signs).unsure);
}

TEST_CASE("a session whose number is another program's now is that one's", "[tree]") {
  MadeUp made_up;
  TreeLook look = made_up.Look({{1000, kKeeper, 1000, 'S', 9}, {1001, kKeeper, 1000, 'S', 9}});
  look.AddProgram(1, 1000, /*ended=*/true);
  look.AddProgram(2, 1000, /*ended=*/false);
  CHECK(look.TreeOf(1, SignsOf(1000)).alive.empty());
  CHECK(look.TreeOf(2, SignsOf(1000)).alive == Pids{1000, 1001});
}

TEST_CASE("a mark of another keeper's says nothing, but a pipe that is held does", "[tree]") {
  MadeUp made_up;
  made_up.marked[1001] = made_up.marked[1002] = TreeMarks(99, 7).Of(1);
  made_up.marked[2001] = made_up.marks.Of(2);
  made_up.holders = {1002, 2001};
  TreeLook look = made_up.LookWithPrograms({{1001, kKeeper, 1001, 'S', 3},
                                            {1002, kKeeper, 1002, 'S', 3},
                                            {2001, kKeeper, 2001, 'S', 3}});
  TreeSigns signs = SignsOf(1000);
  CHECK(look.TreeOf(1, signs).alive == Pids{1000});
  signs.pipes = {{1, 1}};
  CHECK(look.TreeOf(1, signs).alive == Pids{1000, 1002});  // a mark of ours goes before pipes
}

TEST_CASE("kin is known by number and start", "[tree]") {
  MadeUp made_up;
  const std::vector<ProcessEntry> before = {{1000, kKeeper, 1000, 'S', 1},
                                            {2000, kKeeper, 2000, 'S', 2},
                                            {1001, 1000, 1001, 'S', 3},
                                            {1002, 1001, 1002, 'S', 4}};
  TreeSigns signs = SignsOf(1000);
  signs.kin = KinOf(1000, before);
  CHECK(*signs.kin == std::set<ProcessId>{{1001, 3}, {1002, 4}});
  TreeLook look =
      made_up.LookWithPrograms({{1001, kKeeper, 1001, 'S', 3}, {1002, kKeeper, 1002, 'S', 9}});
  CHECK(look.TreeOf(1, signs).alive == Pids{1000, 1001});  // 1002 is another by now
  CHECK(KinOf(2000, before).empty());
}

TEST_CASE("what is in another program's session or below it is not asked for its mark", "[tree]") {
  MadeUp made_up;
  for (const pid_t pid : {2001, 2002, 2003}) made_up.marked[pid] = made_up.marks.Of(1);
  TreeLook look = made_up.LookWithPrograms(
      {{2001, kKeeper, 2000, 'S', 3}, {2002, 2000, 2002, 'S', 3}, {2003, 2002, 2003, 'S', 4}});
  CHECK(look.TreeOf(1, SignsOf(1000)).alive == Pids{1000});
  CHECK(made_up.asked.empty());
}

TEST_CASE("one that ends before it can be looked into leaves a look unsure", "[tree]") {
  MadeUp made_up;
  made_up.without_memory = {1001};
  const auto unsure_with = [&](const ProcessEntry& process) {
    TreeLook look = made_up.LookWithPrograms({process});
    const AttemptTree tree = look.TreeOf(1, SignsOf(1000));
    CHECK(tree.alive == Pids{1000});
    return tree.unsure;
  };
  CHECK(unsure_with({1001, kKeeper, 1001, 'S', 3}));
  CHECK(unsure_with({1001, kKeeper, 1001, 'Z', 3}));        // ended since it was listed
  CHECK_FALSE(unsure_with({1001, 3000, 1001, 'Z', 3}));     // its parent leaves it so
  CHECK_FALSE(unsure_with({1002, kKeeper, 1002, 'S', 3}));  // looked into, and nobody's
}

TEST_CASE("of what has ended only the keeper's own of the session count as alive", "[tree]") {
  MadeUp made_up;
  made_up.marked[1003] = made_up.marks.Of(1);
  TreeLook look = made_up.LookWithPrograms({{1001, kKeeper, 1000, 'Z', 3},
                                            {1002, 1000, 1000, 'Z', 3},
                                            {1003, kKeeper, 1003, 'Z', 3},
                                            {1004, kKeeper, 1000, 'X', 3}});
  CHECK(look.TreeOf(1, SignsOf(1000)).alive == Pids{1000, 1001});
}

TEST_CASE("the number of a program that has ended may be another's", "[tree]") {
  MadeUp made_up;
  const bool ended_first = GENERATE(false, true);
  const pid_t reused = 1000;
  made_up.marked[1005] = made_up.marks.Of(1);
  TreeLook look = made_up.Look({{reused, kKeeper, reused, 'S', 8},
                                {1005, kKeeper, 1005, 'S', 3},
                                {1001, reused, reused, 'S', 9}});
  if (ended_first) look.AddProgram(1, reused, /*ended=*/true);
  look.AddProgram(2, reused, /*ended=*/false);
  if (!ended_first) look.AddProgram(1, reused, /*ended=*/true);
  CHECK(look.TreeOf(1, SignsOf(reused)).alive == Pids{1005});
  CHECK(look.TreeOf(2, SignsOf(reused)).alive == Pids{reused, 1001});
}

TEST_CASE("a program that has ended is not taken for a stranger of its number", "[tree]") {
  MadeUp made_up;
  TreeLook look = made_up.Look({{1000, kKeeper, 3000, 'S', 8}});
  look.AddProgram(1, 1000, /*ended=*/true);
  CHECK(look.TreeOf(1, SignsOf(1000)).alive.empty());
}

TEST_CASE("an attempt that has no program yet has no processes", "[tree]") {
  MadeUp made_up;
  TreeLook look = made_up.LookWithPrograms({{1001, kKeeper, 0, 'S', 3}});
  const AttemptTree tree = look.TreeOf(3, SignsOf(0));
  CHECK(tree.alive.empty());
  CHECK_FALSE(tree.unsure);
  CHECK(made_up.asked.empty());
}
