#include "results/test_items.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "results/catalog.h"
#include "results/comparison_warnings.h"
#include "results/statistics/bootstrap.h"
#include "results/statistics/mcnemar.h"

namespace sweepformer {
namespace {

/// What may decide which items are tested on, beside the data; the worker's names.
const std::set<std::string, NameLess> kDecideTestPart = {"dataset", "split_seed", "test_share"};

/// The hits of a cell's runs.
struct CellHits {
  std::string test_part;  ///< as TestPartSql
  std::map<std::int64_t, HitBits> by_seed;
};

/// Over a row of `cell`: cells of which it is the same have the same items, or some of them.
std::string TestPartSql(const Catalog& catalog) {
  std::string sql = "dataset_fingerprint";
  for (const std::string& name : catalog.parameters())
    if (kDecideTestPart.contains(name))
      sql += fmt::format(" || ' ' || quote({})", ParameterColumn(name));
  return sql;
}

Result<CellHits> ReadHits(Statement& find, const std::string& sweep, const std::string& cell) {
  CellHits hits;
  find.Reset();
  SF_ASSIGN(bool row, find.BindAll(sweep, cell).Step());
  while (row) {
    SF_ASSIGN(HitBits bits, HitBits::FromBytes(find.Blob(2), find.Int(1)));
    hits.by_seed.emplace(find.Int(0), std::move(bits));
    hits.test_part = find.Text(3);
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

/// Over the seeds that both have, if all were tested on the same items: as many of one test part.
std::optional<ItemTest> Compared(const CellHits& group, const CellHits& baseline) {
  if (group.test_part != baseline.test_part) return {};
  std::vector<HitBits> a, b;
  for (const auto& [seed, hits] : group.by_seed) {
    const auto same = baseline.by_seed.find(seed);
    if (same == baseline.by_seed.end()) continue;
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
  SF_ASSIGN(const Catalog catalog, Catalog::Read(connection));
  SF_ASSIGN(Statement find,
            connection.Prepare(fmt::format(
                "SELECT seed, items, hits, {} FROM sweep JOIN member USING(sweep_key) JOIN run "
                "USING(run_key) JOIN cell ON cell.cell_key = member.cell_key JOIN test_hits "
                "USING(run_key) WHERE sweep.name = ? AND cell.cell = ? AND in_plan AND state = "
                "'succeeded' AND kind = 'train' ORDER BY seed",
                TestPartSql(catalog))));
  int without = 0;
  for (ComparedGroup& group : comparison.groups) {
    auto& difference = group.figures[place].difference;
    if (!difference) continue;
    const ComparedGroup& baseline = comparison.groups[*group.baseline];
    if (!group.cell.empty() && !baseline.cell.empty()) {
      SF_ASSIGN(const CellHits hits, ReadHits(find, comparison.sweep, group.cell));
      SF_ASSIGN(const CellHits others, ReadHits(find, comparison.sweep, baseline.cell));
      difference->items = Compared(hits, others);
    }
    without += difference->items ? 0 : 1;
  }
  if (without > 0) comparison.warnings.push_back(WithoutItems(without));
  return {};
}

}  // namespace sweepformer
