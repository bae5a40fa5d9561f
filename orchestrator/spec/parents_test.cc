#include "orchestrator/spec/parents.h"

#include <catch2/catch.hpp>

#include "orchestrator/spec/expand.h"
#include "orchestrator/spec/parse_spec.h"

using namespace sweepformer;

namespace {

Result<Expansion> Expand(const std::string& body, const std::optional<std::string>& only = {}) {
  const auto spec = ParseSweepSpec("x.toml", "spec = 1\nname = \"t\"\n" + body);
  INFO(spec.status().message());
  REQUIRE(spec.ok());
  return Expansion::Make(*spec, nullptr, only);
}

std::string ProblemOf(const std::string& body) {
  const auto expansion = Expand(body);
  const std::string message = expansion.ok() ? "" : expansion.status().message();
  return message.substr(0, message.find('\n'));
}

/// One line a cell: its values, then those of the cell it starts from.
std::string Parents(const Expansion& expansion) {
  const auto cells = expansion.Cells();
  REQUIRE(cells.ok());
  const auto name = [](const Cell& cell) {
    std::string text;
    for (const auto& [key, value] : cell.parameters.All())
      text += (text.empty() ? "" : " ") + FormatValue(value);
    return text;
  };
  std::string text;
  for (const Cell& cell : *cells) {
    text += name(cell);
    if (cell.parent) text += " <- " + name((*cells)[*cell.parent]);
    text += "\n";
  }
  return text;
}

const std::string kGrid =
    "[axes]\nattention = [\"full\", \"fnet\"]\ninput = [\"title\", \"body\"]\n";

std::string Rule(const std::string& when, const std::string& parent) {
  return "[[init_from]]\nwhen = \"" + when + "\"\nparent = \"" + parent + "\"\n";
}

}  // namespace

TEST_CASE("a cell starts from the one cell that the rule names", "[parents]") {
  const auto expansion =
      Expand(kGrid + Rule("attention = 'fnet'", "attention = 'full' AND input = child.input"));
  CHECK(Parents(expansion.value()) ==
        "full title\nfull body\nfnet title <- full title\nfnet body <- full body\n");
}

TEST_CASE("of two rules that match a cell the last counts, and parents may have parents",
          "[parents]") {
  const auto expansion = Expand("[axes]\nstage = [1, 2, 3]\n" + Rule("stage > 1", "stage = 1") +
                                Rule("stage = 3", "stage = child.stage - 1"));
  CHECK(Parents(expansion.value()) == "1\n2 <- 1\n3 <- 2\n");
}

TEST_CASE("a rule is judged by the cells in which no later one counts", "[parents]") {
  const std::string general = "[axes]\na = [1, 2, 3]\n" + Rule("a > 1", "a = child.a - 2");
  CHECK(Parents(Expand(general + Rule("a = 2", "a = 1")).value()) == "1\n2 <- 1\n3 <- 1\n");
  CHECK(ProblemOf(general + Rule("a = 3", "a = 1")) ==
        "x.toml:7:11: no cell matches this for the cell where a = 2; what a run starts from must "
        "be a cell of the same sweep");
  CHECK(ProblemOf(general + Rule("a = 2", "a = 1") + Rule("a = 3", "a < 3"))
            .starts_with("x.toml:13:11: 2 cells match this for the cell where a = 3"));
}

TEST_CASE("a rule that cannot be computed is an error there", "[parents]") {
  const std::string axis = "[axes]\nn = [1, -9223372036854775808]\n";
  CHECK(ProblemOf(axis + Rule("n = 1", "abs(n) > 5")) ==
        "x.toml:7:11: cannot be computed: integer overflow");
  CHECK(ProblemOf(axis + Rule("abs(n) > 5", "n = 1")) ==
        "x.toml:6:9: cannot be computed: integer overflow");
}

TEST_CASE("no parent, several, and a circle are errors at the rule", "[parents]") {
  CHECK(ProblemOf(kGrid + Rule("attention = 'fnet'", "attention = 'ful'")) ==
        "x.toml:8:11: no cell matches this for the cell where attention = \"fnet\", input = "
        "\"title\"; what a run starts from must be a cell of the same sweep");
  CHECK(ProblemOf(kGrid + Rule("attention = 'fnet'", "attention = 'full'")) ==
        "x.toml:8:11: 2 cells match this for the cell where attention = \"fnet\", input = "
        "\"title\"; narrow it down to one, e.g. with: AND input = child.input");
  CHECK(ProblemOf("[axes]\na = [1, 2]\n" + Rule("a > 0", "a <> child.a")) ==
        "x.toml:7:11: cells start from one another, e.g. the one where a = 1; break the circle "
        "with a narrower 'when'");
}

TEST_CASE("an excluded cell is no parent", "[parents]") {
  const std::string problem = ProblemOf(
      kGrid + "[[exclude]]\nwhen = \"attention = 'full' AND input = 'body'\"\nwhy = \"slow\"\n" +
      Rule("attention = 'fnet'", "attention = 'full' AND input = child.input"));
  CHECK(problem.find("no cell matches this for the cell where attention = \"fnet\", input = "
                     "\"body\"") != std::string::npos);
}

TEST_CASE("narrowing with --only keeps what the cells it keeps start from", "[parents]") {
  const auto expansion =
      Expand("[axes]\nstage = [1, 2, 3, 4]\n" + Rule("stage IN (2, 3)", "stage = child.stage - 1"),
             "stage = 3");
  CHECK(Parents(expansion.value()) == "1\n2 <- 1\n3 <- 2\n");
  CHECK(expansion->cells() == 3);
  CHECK(expansion->kept_as_parents() == 2);
  CHECK(expansion->left_out_by_only() == 1);
}

TEST_CASE("an init_from without both rules, and one that is unsafe, say so", "[parents]") {
  const auto spec = ParseSweepSpec("x.toml", "spec = 1\nname = \"t\"\n[[init_from]]\nwhen = \"1\"");
  CHECK(spec.status().message().find(
            "x.toml:3:1: an [[init_from]] needs 'when', the cells meant, and 'parent', the cell "
            "whose weights they start from") == 0);
  CHECK(ProblemOf(kGrid + Rule("1", "random() = 1"))
            .find("x.toml:8:11: the function 'random' is not allowed in a rule") == 0);
}

TEST_CASE("a rule that matches no cell is told as idle", "[parents]") {
  const auto expansion = Expand(kGrid + Rule("attention = 'lstm'", "attention = 'full'"));
  REQUIRE(expansion->idle_rules().size() == 1);
  CHECK(expansion->idle_rules().front().what == "init_from rule");
}
