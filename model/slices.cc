#include "model/slices.h"

#include <bit>
#include <functional>
#include <map>
#include <string>

namespace sweepformer::model {
namespace {

using datasets::TestItem;

/// What was right of a slice.
struct Share {
  std::int64_t items = 0;
  std::int64_t right = 0;

  double accuracy() const { return static_cast<double>(right) / static_cast<double>(items); }
};

/// Parts the items by a key; items whose key is `none` are in no slice.
template <typename Key>
std::map<Key, Share> SharesBy(const std::vector<bool>& hits, const std::vector<TestItem>& items,
                              const std::function<Key(const TestItem&)>& key_of, const Key& none) {
  std::map<Key, Share> shares;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Key key = key_of(items[i]);
    if (key == none) continue;
    Share& share = shares[key];
    ++share.items;
    share.right += hits[i];
  }
  return shares;
}

void Report(const std::string& slicing, std::string_view split, std::int64_t step,
            const Share& share, RunObserver& observer) {
  observer.OnHistory({"test_accuracy_by_" + slicing, split, step, share.accuracy()});
  observer.OnHistory({"test_items_by_" + slicing, split, step, static_cast<double>(share.items)});
}

}  // namespace

std::int64_t LengthBucket(std::int64_t length) {
  return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(length)));
}

void ReportSlices(const std::vector<bool>& hits, const std::vector<TestItem>& items,
                  RunObserver& observer) {
  const auto by_length = SharesBy<std::int64_t>(
      hits, items, [](const TestItem& item) { return LengthBucket(item.length); }, 0);
  for (const auto& [bound, share] : by_length) Report("length", "test", bound, share, observer);
  const auto by_stars = SharesBy<int>(
      hits, items, [](const TestItem& item) { return item.stars; }, 0);
  for (const auto& [stars, share] : by_stars) Report("stars", "test", stars, share, observer);
  const auto by_domain = SharesBy<std::string>(
      hits, items, [](const TestItem& item) { return item.domain; }, "");
  std::int64_t place = 0;
  for (const auto& [domain, share] : by_domain) Report("domain", domain, ++place, share, observer);
}

}  // namespace sweepformer::model
