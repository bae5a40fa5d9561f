#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "orchestrator/core/run_config.h"
#include "orchestrator/spec/expand.h"
#include "orchestrator/spec/parse_spec.h"

/// What holds of every spec: shown on specs made at random from a fixed seed.

using namespace sweepformer;

namespace {

using Lines = std::vector<std::string>;

/// A spec in parts that may be put together in any order.
struct Parts {
  std::string name = "one";
  Lines base, axes, lets;  ///< entries of a section
  Lines tables;            ///< sections of their own: conditional axes, zips, points, excludes
  Lines limits;
};

/// std's distributions differ between libraries; this does not.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}

  int Below(int limit) { return static_cast<int>(engine_() % static_cast<std::uint32_t>(limit)); }
  bool Coin() { return Below(2) == 1; }

  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i)
      std::swap(items[i - 1], items[static_cast<std::size_t>(Below(static_cast<int>(i)))]);
  }

 private:
  std::mt19937 engine_;
};

std::string Values(Dice& dice) {
  switch (dice.Below(4)) {
    case 0: return "[1, 2, 3]";
    case 1: return "[\"x\", \"y\"]";
    case 2: return "{ from = 0.1, to = 0.3, step = 0.1 }";
    default: return fmt::format("{{ from = 1, to = 9, count = 2, rng = {} }}", dice.Below(100));
  }
}

Parts RandomParts(Dice& dice) {
  Parts parts;
  parts.base = {"p = 4", "q = \"text\"", "lr = 0.767762"};  // which SQLite 3.40 misreads
  for (const char* axis : {"a", "b", "c"})
    if (dice.Coin()) parts.axes.push_back(fmt::format("{} = {}", axis, Values(dice)));
  parts.axes.push_back("d = [1, 2]");
  parts.lets.push_back("m = \"d * 2\"");
  if (dice.Coin()) parts.lets.push_back("n = \"m + p\"");
  if (dice.Coin())
    parts.tables.push_back("[axes.e]\nwhen = \"d = 2\"\nvalues = [5, 6]\n" +
                           std::string(dice.Coin() ? "default = 7\n" : ""));
  if (dice.Coin()) parts.tables.push_back("[[zip]]\nf = [1, 2]\ng = [\"u\", \"v\"]\n");
  if (dice.Coin()) parts.tables.push_back("[[point]]\nd = 9\n");
  if (dice.Coin()) parts.tables.push_back("[[exclude]]\nwhen = \"m = 4 AND p > 3\"\nwhy = \"w\"\n");
  return parts;
}

std::string Section(const std::string& head, const Lines& entries) {
  std::string text = head + "\n";
  for (const std::string& entry : entries) text += entry + "\n";
  return text;
}

std::string TextOf(const Parts& parts) {
  std::string text = fmt::format("spec = 1\nname = \"{}\"\n", parts.name);
  text += Section("[base]", parts.base) + Section("[let]", parts.lets);
  text += Section("[axes]", parts.axes) + Section("[limits]", parts.limits);
  for (const std::string& table : parts.tables) text += table;
  return text + "[worker]\ncommand = [\"c\"]\n";
}

Parts Shuffled(Parts parts, Dice& dice) {
  for (Lines* entries : {&parts.base, &parts.axes, &parts.lets, &parts.tables})
    dice.Shuffle(*entries);
  return parts;
}

/// The ids of the cells, in order.
Lines IdsOf(const Parts& parts) {
  const std::string text = TextOf(parts);
  INFO(text);
  const auto spec = ParseSweepSpec("x.toml", text);
  INFO(spec.status().message());
  REQUIRE(spec.ok());
  const auto expansion = Expansion::Make(*spec, nullptr);
  INFO(expansion.status().message());
  REQUIRE(expansion.ok());
  const auto cells = expansion->Cells();
  REQUIRE(cells.ok());
  Lines ids;
  for (const Cell& cell : *cells) {
    RunContent content;
    content.parameters = cell.parameters.All();
    ids.push_back(RunConfig(content).cell());
  }
  return ids;
}

Lines Sorted(Lines lines) {
  std::sort(lines.begin(), lines.end());
  return lines;
}

constexpr int kRounds = 60;

}  // namespace

TEST_CASE("expanding twice gives the same cells in the same order", "[property]") {
  Dice dice(1);
  for (int round = 0; round < kRounds; ++round) {
    const Parts parts = RandomParts(dice);
    CHECK(IdsOf(parts) == IdsOf(parts));
  }
}

TEST_CASE("the order of keys and sections moves cells but changes none", "[property]") {
  Dice dice(2);
  for (int round = 0; round < kRounds; ++round) {
    const Parts parts = RandomParts(dice);
    const Parts other = Shuffled(parts, dice);
    INFO(TextOf(parts) << "\n--- against\n" << TextOf(other));
    CHECK(Sorted(IdsOf(parts)) == Sorted(IdsOf(other)));
  }
}

TEST_CASE("one more point leaves every cell as it was", "[property]") {
  Dice dice(7);
  for (int round = 0; round < kRounds; ++round) {
    Parts parts = RandomParts(dice);
    const Lines before = Sorted(IdsOf(parts));
    parts.tables.push_back("[[point]]\nd = 77\n");
    const Lines after = Sorted(IdsOf(parts));
    INFO(TextOf(parts));
    CHECK(std::includes(after.begin(), after.end(), before.begin(), before.end()));
  }
}

TEST_CASE("cells of one spec differ from one another", "[property]") {
  Dice dice(3);
  for (int round = 0; round < kRounds; ++round) {
    const Lines ids = Sorted(IdsOf(RandomParts(dice)));
    CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
  }
}

TEST_CASE("name, labels and limits are no part of a cell's content", "[property]") {
  Dice dice(4);
  for (int round = 0; round < kRounds; ++round) {
    const Parts parts = RandomParts(dice);
    Parts other = parts;
    other.name = "another";
    other.limits = {"cpus = 2", "mem = \"1GiB\""};
    for (std::string& table : other.tables)
      if (table.starts_with("[[point]]")) table += "label = \"special\"\n";
    CHECK(IdsOf(parts) == IdsOf(other));
  }
}

TEST_CASE("a further value of an axis keeps every cell there was", "[property]") {
  Dice dice(5);
  for (int round = 0; round < kRounds; ++round) {
    const Parts parts = RandomParts(dice);
    Parts wider = parts;
    std::replace(wider.axes.begin(), wider.axes.end(), std::string("d = [1, 2]"),
                 std::string("d = [0, 1, 2]"));
    const Lines before = Sorted(IdsOf(parts)), after = Sorted(IdsOf(wider));
    CHECK(after.size() > before.size());
    CHECK(std::includes(after.begin(), after.end(), before.begin(), before.end()));
  }
}

TEST_CASE("a sampled axis has its values whatever other axes there are", "[property][stable]") {
  const auto values = [](const std::string& others) {
    const auto spec =
        ParseSweepSpec("x.toml", "spec = 1\nname = \"t\"\n[axes]\n" + others +
                                     "s = { from = 0, to = 1, count = 2, rng = 3 }\n");
    Lines found;
    for (const GridDimension& dimension : spec.value().grid)
      for (const GridAxis& axis : dimension.columns)
        for (const SpecValue& value : axis.values)
          if (axis.name == "s") found.push_back(FormatValue(value.value));
    return found;
  };
  CHECK(values("") == Lines{"0.113450342057", "0.700293513593"});
  CHECK(values("r = { from = 0, to = 1, count = 5, rng = 3 }\na = [1, 2]\n") == values(""));
}
