#include "tools/fetch/downloads.h"

#include <algorithm>

namespace sweepformer::fetch {
namespace {

// Checksums are those that others who use the files have published: TensorFlow Datasets, Hugging
// Face's dataset_infos, the DataDeps of Julia, and ../shared/data/SHA256SUMS for ag-news's test
// part.

Origin::File Glue(const char* name, const char* remote, const char* sha256, std::int64_t bytes) {
  return {name, {std::string("https://dl.fbaipublicfiles.com/glue/data/") + remote, sha256, bytes}};
}

Origin::File Mnist(const char* name, const char* sha256, std::int64_t bytes) {
  return {
      name,
      {std::string("https://storage.googleapis.com/cvdf-datasets/mnist/") + name, sha256, bytes}};
}

Origin::File AgNews(const char* part, const char* sha256, std::int64_t bytes) {
  const std::string name = std::string("ag_news_csv/") + part;
  return {name,
          {"https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/" + name, sha256,
           bytes}};
}

std::vector<Origin> AllOrigins() {
  return {
      {"blitzer",
       "research use; cite the authors",
       "Blitzer, Dredze, Pereira: Biographies, Bollywood, Boom-boxes and Blenders, ACL 2007",
       {},
       "download https://www.cs.jhu.edu/~mdredze/datasets/sentiment/domain_sentiment_data.tar.gz; "
       "no checksum of it is published, so it is not fetched unseen"},
      {"amazon-polarity",
       "Apache-2.0 by its card; cite the authors",
       "Zhang, Zhao, LeCun: Character-level Convolutional Networks for Text Classification, "
       "arXiv:1509.01626",
       {{"amazon_review_polarity_csv.tgz",
         {"https://s3.amazonaws.com/fast-ai-nlp/amazon_review_polarity_csv.tgz",
          "d2a3ee7a214497a5d1b8eaed7c8d7ba2737de00ada3b0ec46243983efa100361", 688339454}}}},
      {"amazon-multi",
       "non-commercial research",
       "Keung et al.: The Multilingual Amazon Reviews Corpus, EMNLP 2020",
       {},
       "its publisher has withdrawn it; put copies in amazon_multi_en/{train,val,test}.csv"},
      {"amazon-earphones",
       "none stated",
       "Amazon reviews of earphones, Kaggle",
       {},
       "download AllProductReviews.csv from Kaggle, which asks for an account"},
      {"amazon-pool",
       "those of its parts",
       "amazon-polarity, amazon-multi and blitzer",
       {},
       "it is pooled from amazon-polarity, amazon-multi and blitzer; get these"},
      {"ag-news",
       "research use; cite the authors",
       "Zhang, Zhao, LeCun: Character-level Convolutional Networks for Text Classification, "
       "arXiv:1509.01626",
       {AgNews("train.csv", "76a0a2d2f92b286371fe4d4044640910a04a803fdd2538e0f3f29a5c6f6b672e",
               29470338),
        AgNews("test.csv", "521465c2428ed7f02f8d6db6ffdd4b5447c1c701962353eb2c40d548c3c85699",
               1857427)}},
      {"imdb",
       "cite the authors",
       "Maas et al.: Learning Word Vectors for Sentiment Analysis, ACL 2011",
       {{"aclImdb_v1.tar.gz",
         {"https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
          "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe", 84125825}}}},
      {"sst2",
       "none stated",
       "Socher et al.: Recursive Deep Models for Semantic Compositionality, EMNLP 2013; GLUE, "
       "arXiv:1804.07461",
       {Glue("SST-2.zip", "SST-2.zip",
             "d67e16fb55739c1b32cdce9877596db1c127dc322d93c082281f64057c16deaa", 7439277)}},
      {"cola",
       "fair use, by its README",
       "Warstadt, Singh, Bowman: Neural Network Acceptability Judgments, TACL 2019; GLUE, "
       "arXiv:1804.07461",
       {Glue("CoLA.zip", "CoLA.zip",
             "f212fcd832b8f7b435fb991f101abf89f96b933ab400603bf198960dfc32cbff", 376971)}},
      {"rte",
       "none stated",
       "Dagan et al. 2006 and others; GLUE, arXiv:1804.07461",
       {Glue("RTE.zip", "RTE.zip",
             "6bf86de103ecd335f3441bd43574d23fef87ecc695977a63b82d5efb206556ee", 697150)}},
      {"qnli",
       "CC BY-SA 4.0, that of SQuAD",
       "Rajpurkar et al.: SQuAD, EMNLP 2016; GLUE, arXiv:1804.07461",
       {Glue("QNLI.zip", "QNLIv2.zip",
             "e634e78627a29adaecd4f955359b22bf5e70f2cbd93b493f2d624138a0c0e5f5", 10627589)}},
      {"mnist",
       "none stated",
       "LeCun et al.: Gradient-based learning applied to document recognition, 1998",
       {Mnist("train-images-idx3-ubyte.gz",
              "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", 9912422),
        Mnist("train-labels-idx1-ubyte.gz",
              "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", 28881),
        Mnist("t10k-images-idx3-ubyte.gz",
              "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", 1648877),
        Mnist("t10k-labels-idx1-ubyte.gz",
              "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", 4542)}},
  };
}

}  // namespace

const Origin* OriginOf(std::string_view set) {
  static const std::vector<Origin> all = AllOrigins();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Origin& one) { return one.set == set; });
  return found == all.end() ? nullptr : &*found;
}

std::int64_t BytesOf(const Origin& origin) {
  std::int64_t bytes = 0;
  for (const Origin::File& file : origin.files) bytes += file.remote.bytes;
  return bytes;
}

}  // namespace sweepformer::fetch
