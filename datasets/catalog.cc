#include "datasets/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "datasets/ag_news.h"
#include "datasets/amazon_polarity.h"
#include "datasets/amazon_reviews.h"
#include "datasets/blitzer.h"
#include "datasets/glue.h"
#include "datasets/imdb.h"
#include "datasets/listops.h"
#include "datasets/mnist.h"
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
  set.classes.clear();
  for (int value = 0; value < kListOpsClasses; ++value)
    set.classes.push_back(std::to_string(value));
  set.has_titles = false;
  set.tokens = ListOpsTokens();
  return set;
}

Layout BlitzerLayout() {
  Layout layout;
  for (const auto& [folder, domain] :
       {std::pair("books", "books"), std::pair("dvd", "dvd"),
        std::pair("electronics", "electronics"), std::pair("kitchen_&_housewares", "kitchen")})
    for (const char* side : {"negative", "positive"})
      layout.files.push_back({fmt::format("sorted_data_acl/{}/{}.review", folder, side), domain});
  layout.archives = {"domain_sentiment_data.tar.gz"};
  return layout;
}

KnownSet Blitzer() {
  KnownSet set;
  set.name = "blitzer";
  set.about =
      "Multi-Domain Sentiment: reviews of four kinds of products (Blitzer et al., ACL 2007)";
  set.read = ReadBlitzer;
  set.layouts = {BlitzerLayout()};
  return set;
}

/// `folder` with a file to train on and one to test on.
Layout TrainAndTest(const std::string& folder, const char* train, const char* test,
                    std::vector<std::string> archives) {
  Layout layout;
  layout.files = {{folder + "/" + train, "", Part::kTrain}, {folder + "/" + test, "", Part::kTest}};
  layout.archives = std::move(archives);
  return layout;
}

/// What is passed around in place of the publisher's archive, whose split it does not keep.
Layout PolarityExtracts() {
  Layout layout;
  layout.all_needed = false;
  layout.extract = true;
  layout.files = {{"train.ft.txt", ""},
                  {"test.ft.txt", ""},
                  {"amazon_reviews_sample.csv", ""},
                  {"amazon_reviews.csv", ""}};
  return layout;
}

KnownSet AmazonPolarity() {
  KnownSet set;
  set.name = "amazon-polarity";
  set.about = "Amazon Review Polarity: 1-2 stars against 4-5 (Zhang et al., arXiv:1509.01626)";
  set.read = ReadAmazonPolarity;
  set.read_stream = VisitAmazonPolarity;
  set.layouts = {
      TrainAndTest("amazon_review_polarity_csv", "train.csv", "test.csv",
                   {"amazon_review_polarity_csv.tgz", "amazon_review_polarity_csv.tar.gz"}),
      PolarityExtracts()};
  return set;
}

KnownSet AmazonMulti() {
  Layout layout;
  layout.files = {{"amazon_multi_en/train.csv", "", Part::kTrain, /*optional=*/true},
                  {"amazon_multi_en/val.csv", "", Part::kTrain},
                  {"amazon_multi_en/test.csv", "", Part::kTest}};
  KnownSet set;
  set.name = "amazon-multi";
  set.about =
      "Amazon Multilingual Reviews, English, 1-5 stars, its test part apart (Keung et al., EMNLP "
      "2020)";
  set.read = ReadAmazonMulti;
  set.has_stars = true;
  set.layouts = {layout};
  return set;
}

KnownSet AmazonEarphones() {
  KnownSet set;
  set.name = "amazon-earphones";
  set.about = "reviews of ten earphones, 1-5 stars";
  set.read = ReadAmazonEarphones;
  set.has_stars = true;
  set.layouts = {{{{"AllProductReviews.csv", ""}}, true, {}}};
  return set;
}

/// The 22,842 distinct reviews that polarity's extracts, the five thousand and five thousand of
/// Amazon Multilingual without three stars, and Multi-Domain Sentiment have together.
KnownSet AmazonPool() {
  Layout layout;
  for (const char* path : {"amazon_reviews_sample.csv", "test.ft.txt", "amazon_reviews.csv"})
    layout.files.push_back({path, "", Part::kNone, false, ReadAmazonPolarity});
  for (const char* path : {"amazon_multi_en/val.csv", "amazon_multi_en/test.csv"})
    layout.files.push_back({path, "", Part::kNone, false, ReadAmazonMulti});
  for (Listing listing : BlitzerLayout().files) {
    listing.read = ReadBlitzer;
    layout.files.push_back(std::move(listing));
  }
  KnownSet set;
  set.name = "amazon-pool";
  set.about =
      "amazon-polarity's extracts, amazon-multi without 3 stars and blitzer as one, balanced";
  set.layouts = {layout};
  return set;
}

KnownSet AgNews() {
  KnownSet set;
  set.name = "ag-news";
  set.about = "AG News: four topics, its test part apart (Zhang et al., arXiv:1509.01626)";
  set.read = ReadAgNews;
  set.layouts = {TrainAndTest("ag_news_csv", "train.csv", "test.csv",
                              {"ag_news_csv.tgz", "ag_news_csv.tar.gz"})};
  set.classes = {"World", "Sports", "Business", "Sci/Tech"};
  return set;
}

/// A set of GLUE. The labels of its test part are not public: dev is what results are read from.
KnownSet Glue(const char* name, const char* folder, const char* about, ReviewReader read) {
  KnownSet set;
  set.name = name;
  set.about =
      fmt::format("GLUE {}: {}; tested on dev, as the test labels are not public", folder, about);
  set.read = read;
  set.layouts = {TrainAndTest(folder, "train.tsv", "dev.tsv", {fmt::format("{}.zip", folder)})};
  set.has_titles = false;
  return set;
}

/// One whose texts are pairs of sentences.
KnownSet GluePairs(const char* name, const char* folder, const char* about, ReviewReader read) {
  KnownSet set = Glue(name, folder, about, read);
  set.classes = {"entailment", "not_entailment"};
  set.has_titles = true;
  set.pairs = true;
  return set;
}

KnownSet Cola() {
  KnownSet set =
      Glue("cola", "CoLA", "is a sentence acceptable? (Warstadt et al., TACL 2019)", ReadCola);
  set.classes = {"unacceptable", "acceptable"};
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

Result<std::vector<Review>> ReadCustomFiles(const std::vector<SourceFile>& files,
                                            const DatasetRequest& request) {
  std::vector<Review> rows;
  for (const SourceFile& file : files) {
    SF_ASSIGN(const std::string bytes, ReadSourceBytes(file));
    SF_ASSIGN(std::vector<Review> part, ReadCustom(bytes, file.Name(), request.custom));
    Label(file, part);
    std::move(part.begin(), part.end(), std::back_inserter(rows));
  }
  return rows;
}

KnownSet Custom() {
  KnownSet set;
  set.name = kCustom;
  set.about = "files of your own: CSV, TSV or JSON lines, their columns named by parameters";
  set.read_files = ReadCustomFiles;
  return set;
}

Result<std::vector<Review>> ReadMnistFiles(const std::vector<SourceFile>& files,
                                           const DatasetRequest& request) {
  if (files.size() % 2 != 0)
    return InvalidArgument(
        "mnist: name pairs of files, the images and their labels, with data_path and test_path");
  std::vector<Review> rows;
  for (std::size_t i = 0; i < files.size(); i += 2) {
    SF_ASSIGN(const std::string one, ReadSourceBytes(files[i]));
    SF_ASSIGN(const std::string other, ReadSourceBytes(files[i + 1]));
    SF_ASSIGN(std::vector<Review> part,
              ReadMnist(one, files[i].Name(), other, files[i + 1].Name(), request.mnist_image));
    Label(files[i], part);
    std::move(part.begin(), part.end(), std::back_inserter(rows));
  }
  return rows;
}

/// Of `train` images and labels, and of the publisher's test part.
Layout MnistLayout(const std::string& train, const std::string& ending) {
  Layout layout;
  for (const auto& [name, part] : {std::pair(train, Part::kTrain), {"t10k", Part::kTest}})
    for (const char* content : {"-images-idx3-ubyte", "-labels-idx1-ubyte"})
      layout.files.push_back({name + content + ending, "", part});
  return layout;
}

/// The first 10,000 training images, which are passed around on their own.
Layout MnistExtract() {
  Layout layout = MnistLayout("train10k", ".gz");
  layout.extract = true;
  return layout;
}

KnownSet Mnist() {
  KnownSet set;
  set.name = kMnist;
  set.about =
      "handwritten digits as sequences of 784 grey levels, its test part apart (LeCun et al. 1998)";
  set.read_files = ReadMnistFiles;
  set.layouts = {MnistLayout("train", ".gz"), MnistLayout("train", ""), MnistExtract()};
  set.classes.clear();
  for (int digit = 0; digit < 10; ++digit) set.classes.push_back(std::to_string(digit));
  set.has_titles = false;
  set.tokens = GreyLevels();
  return set;
}

}  // namespace

const std::vector<KnownSet>& KnownSets() {
  static const std::vector<KnownSet> sets = {
      SyntheticReviews(),
      Blitzer(),
      AmazonPolarity(),
      AmazonMulti(),
      AmazonEarphones(),
      AmazonPool(),
      AgNews(),
      Imdb(),
      Glue("sst2", "SST-2", "film reviews' sentences (Socher et al., EMNLP 2013)", ReadSst2),
      Cola(),
      GluePairs("rte", "RTE", "does a text entail a sentence? (Wang et al., arXiv:1804.07461)",
                ReadRte),
      GluePairs("qnli", "QNLI",
                "does a sentence answer a question? (Wang et al., arXiv:1804.07461)", ReadQnli),
      Mnist(),
      ListOps(),
      Custom()};
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

std::vector<std::string> ClassesOf(const KnownSet& set, const DatasetRequest& request) {
  if (set.name == kCustom) return request.custom.classes;
  return set.has_stars ? NamesOf(request.star_classes) : set.classes;
}

Result<const KnownSet*> FindSet(const std::string& name) {
  for (const KnownSet& set : KnownSets())
    if (set.name == name) return &set;
  return NotFound(fmt::format("unknown data set '{}'{}; known are {}", name,
                              DidYouMean(name, SetNames()), JoinWords(SetNames(), "and")));
}

}  // namespace sweepformer::datasets
