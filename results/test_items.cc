#include "results/test_items.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "results/comparison_warnings.h"
#include "results/statistics/bootstrap.h"
#include "results/statistics/mcnemar.h"

namespace sweepformer {
namespace {

using HitsBySeed = std::map<std::int64_t, HitBits>;

Result<HitsBySeed> ReadHits(Statement& find, const std::string& sweep, const std::string& cell) {
  HitsBySeed hits;
  find.Reset();
  SF_ASSIGN(bool row, find.BindAll(sweep, cell).Step());
  while (row) {
    SF_ASSIGN(HitBits bits, HitBits::FromBytes(find.Blob(2), find.Int(1)));
    hits.emplace(find.Int(0), std::move(bits));
    SF_ASSIGN(row, find.Step());
  }
  return hits;
}

std::optional<ItemTest> FromBootstrap(const std::vector<HitBits>& a,
                                      const std::vector<HitBits>& b) {
  const auto compared = CompareHits(a, b);
  if (!compared) return {};
  return ItemTest{ItemTest::Method::kTwoLevelBootstrap, compared->difference, compared->interval,
                  compared->p, a.front().items()};
}

ItemTest FromMcNemar(const HitBits& a, const HitBits& b) {
  const McNemar compared = CompareHitBits(a, b);
  const auto apart = static_cast<double>(compared.only_a - compared.only_b);
  return {ItemTest::Method::kMcNemar,
          apart / static_cast<double>(a.items()),
          {},
          compared.p,
          a.items()};
}

/// Over the seeds that both have, if all were tested on as many items.
std::optional<ItemTest> Compared(const HitsBySeed& group, const HitsBySeed& baseline) {
  std::vector<HitBits> a, b;
  for (const auto& [seed, hits] : group) {
    const auto same = baseline.find(seed);
    if (same == baseline.end()) continue;
    a.push_back(hits);
    b.push_back(same->second);
  }
  const auto as_first = [&](const HitBits& one) { return one.items() == a.front().items(); };
  if (a.empty() || a.front().items() == 0) return {};
  if (!std::all_of(a.begin(), a.end(), as_first) || !std::all_of(b.begin(), b.end(), as_first))
    return {};
  return a.size() == 1 ? FromMcNemar(a.front(), b.front()) : FromBootstrap(a, b);
}

Warning WithoutItems(int differences) {
  return {
      "without-items",
      fmt::format(
          "{} not tested on the test items",
          differences == 1 ? "1 difference is" : fmt::format("{} differences are", differences)),
      fmt::format("that takes rows of one cell each, hits of the same items, and one common "
                  "seed (McNemar) or {} and more (fewer make the bootstrap's interval too narrow)",
                  kSmallestTwoLevel),
      "give --by all that varies, and [repeat] seeds enough"};
}

}  // namespace

Status AddItemTests(const Connection& connection, Comparison& comparison) {
  if (!comparison.baseline)
    return InvalidArgument("--items tests differences; say to what with --baseline");
  const auto metric =
      std::find_if(comparison.metrics.begin(), comparison.metrics.end(), IsShareOfHits);
  if (metric == comparison.metrics.end())
    return InvalidArgument("--items is about test_accuracy; add it to --metric");
  const auto place = static_cast<std::size_t>(metric - comparison.metrics.begin());
  SF_ASSIGN(Statement find,
            connection.Prepare(
                "SELECT seed, items, hits FROM sweep JOIN member USING(sweep_key) JOIN run "
                "USING(run_key) JOIN cell ON cell.cell_key = member.cell_key JOIN test_hits "
                "USING(run_key) WHERE sweep.name = ? AND cell.cell = ? AND in_plan AND state = "
                "'succeeded' AND kind = 'train' ORDER BY seed"));
  int without = 0;
  for (ComparedGroup& group : comparison.groups) {
    auto& difference = group.figures[place].difference;
    if (!difference) continue;
    const ComparedGroup& baseline = comparison.groups[*group.baseline];
    if (!group.cell.empty() && !baseline.cell.empty()) {
      SF_ASSIGN(const HitsBySeed hits, ReadHits(find, comparison.sweep, group.cell));
      SF_ASSIGN(const HitsBySeed others, ReadHits(find, comparison.sweep, baseline.cell));
      difference->items = Compared(hits, others);
    }
    without += difference->items ? 0 : 1;
  }
  if (without > 0) comparison.warnings.push_back(WithoutItems(without));
  return {};
}

}  // namespace sweepformer
