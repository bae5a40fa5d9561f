#include "orchestrator/exec/event_lines.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace sweepformer;

namespace {

std::vector<std::string> LinesOf(const std::vector<std::string_view>& pieces, int* dropped) {
  EventLines lines;
  std::vector<std::string> seen;
  const auto visit = [&](std::string_view line) { seen.emplace_back(line); };
  for (const std::string_view piece : pieces) lines.Add(piece, visit);
  lines.Finish(visit);
  *dropped = lines.dropped();
  return seen;
}

}  // namespace

TEST_CASE("lines are the same wherever the stream is cut", "[events]") {
  const std::string stream = "one\n\ntwo\nthree";
  const std::vector<std::string> expected = {"one", "two", "three"};
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    const std::string_view all = stream;
    int dropped = -1;
    CHECK(LinesOf({all.substr(0, cut), all.substr(cut)}, &dropped) == expected);
    CHECK(dropped == 0);
  }
}

TEST_CASE("a line that is too long is dropped as a whole and counted", "[events]") {
  const std::string huge(EventLines::kLongestLine, 'x');
  int dropped = 0;
  CHECK(LinesOf({"a\n", huge, huge, "\nb\n"}, &dropped) == std::vector<std::string>{"a", "b"});
  CHECK(dropped == 1);
}
