#include "datasets/catalog.h"

#include <fmt/format.h>

#include <algorithm>

#include "datasets/amazon_polarity.h"
#include "datasets/blitzer.h"
#include "datasets/imdb.h"
#include "datasets/listops.h"
#include "datasets/synthetic_reviews.h"
#include "orchestrator/core/suggest.h"

namespace sweepformer::datasets {
namespace {

KnownSet SyntheticReviews() {
  KnownSet set;
  set.name = "synthetic-reviews";
  set.about =
      fmt::format("generated product reviews; best reachable accuracy {} by title, {} by body",
                  kBestTitleAccuracy, kBestBodyAccuracy);
  set.generate = [](const DatasetRequest& request) -> Result<std::vector<Review>> {
    return GenerateReviews(request.rows);
  };
  set.generator = [](const DatasetRequest& request) {
    return fmt::format("generator {} rows {}", kGeneratorVersion, request.rows);
  };
  return set;
}

KnownSet ListOps() {
  KnownSet set;
  set.name = "listops";
  set.about = "generated: the value, 0 to 9, of nested MIN, MAX, MED and SM (Long Range Arena)";
  set.generate = [](const DatasetRequest& request) {
    return GenerateListOps(request.rows, request.listops);
  };
  set.generator = [](const DatasetRequest& request) {
    const ListOpsOptions& options = request.listops;
    return fmt::format("generator {} rows {} depth {} args {} lengths {} {}", kListOpsVersion,
                       request.rows, options.max_depth, options.max_args, options.min_length,
                       options.max_length);
  };
  set.classes = kListOpsClasses;
  set.has_titles = false;
  set.tokens = ListOpsTokens();
  return set;
}

KnownSet Blitzer() {
  Layout layout;
  for (const auto& [folder, domain] :
       {std::pair("books", "books"), std::pair("dvd", "dvd"),
        std::pair("electronics", "electronics"), std::pair("kitchen_&_housewares", "kitchen")})
    for (const char* side : {"negative", "positive"})
      layout.files.push_back({fmt::format("sorted_data_acl/{}/{}.review", folder, side), domain});
  KnownSet set;
  set.name = "blitzer";
  set.about =
      "Multi-Domain Sentiment: reviews of four kinds of products (Blitzer et al., ACL 2007)";
  set.read = ReadBlitzer;
  set.layouts = {layout};
  return set;
}

KnownSet AmazonPolarity() {
  Layout publishers;
  publishers.files = {{"amazon_review_polarity_csv/train.csv", ""},
                      {"amazon_review_polarity_csv/test.csv", ""}};
  Layout passed_around;
  passed_around.all_needed = false;
  passed_around.files = {{"train.ft.txt", ""},
                         {"test.ft.txt", ""},
                         {"amazon_reviews_sample.csv", ""},
                         {"amazon_reviews.csv", ""}};
  KnownSet set;
  set.name = "amazon-polarity";
  set.about = "Amazon Review Polarity: 1-2 stars against 4-5 (Zhang et al., arXiv:1509.01626)";
  set.read = ReadAmazonPolarity;
  set.layouts = {publishers, passed_around};
  return set;
}

KnownSet Imdb() {
  KnownSet set;
  set.name = "imdb";
  set.about = "Large Movie Review Dataset, its 25,000 test reviews apart (Maas et al., ACL 2011)";
  set.read_tree = ReadImdb;
  set.hash_tree = HashImdb;
  for (const char* name : {"aclImdb", "aclImdb_v1.tar.gz", "aclImdb.tar.xz", "aclImdb.tar.gz",
                           "aclImdb_v1.tar", "aclImdb.tar"})
    set.layouts.push_back({{{name, ""}}});
  set.has_titles = false;
  return set;
}

}  // namespace

const std::vector<KnownSet>& KnownSets() {
  static const std::vector<KnownSet> sets = {SyntheticReviews(), Blitzer(), AmazonPolarity(),
                                             Imdb(), ListOps()};
  return sets;
}

std::vector<std::string> SetNames() {
  std::vector<std::string> names;
  for (const KnownSet& set : KnownSets()) names.push_back(set.name);
  return names;
}

std::vector<std::string> DomainsOf(const KnownSet& set) {
  std::vector<std::string> domains;
  for (const Layout& layout : set.layouts)
    for (const Listing& listing : layout.files)
      if (!listing.domain.empty() &&
          std::find(domains.begin(), domains.end(), listing.domain) == domains.end())
        domains.push_back(listing.domain);
  return domains;
}

Result<const KnownSet*> FindSet(const std::string& name) {
  for (const KnownSet& set : KnownSets())
    if (set.name == name) return &set;
  return NotFound(fmt::format("unknown data set '{}'{}; known are {}", name,
                              DidYouMean(name, SetNames()), JoinWords(SetNames(), "and")));
}

}  // namespace sweepformer::datasets
