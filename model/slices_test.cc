#include "model/slices.h"

#include <catch2/catch.hpp>

#include "model/run_recorder.h"
#include "model/testing.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/testing.h"

namespace sweepformer::model {
namespace {

using Points = std::vector<std::pair<std::int64_t, double>>;

TEST_CASE("lengths fall into buckets by powers of two", "[slices]") {
  CHECK(LengthBucket(1) == 1);
  CHECK(LengthBucket(2) == 2);
  CHECK(LengthBucket(3) == 4);
  CHECK(LengthBucket(128) == 128);
  CHECK(LengthBucket(129) == 256);
}

TEST_CASE("a slice has the accuracy and the number of its items", "[slices]") {
  testing::RunRecorder said;
  ReportSlices({true, false, true, true, false},
               {{3, 1, "books"}, {4, 5, "dvd"}, {4, 5, "books"}, {100, 1, "books"}, {128, 0, ""}},
               said);
  CHECK(said.history.at("test_accuracy_by_length/test") == Points{{4, 2.0 / 3}, {128, 0.5}});
  CHECK(said.history.at("test_items_by_length/test") == Points{{4, 3}, {128, 2}});
  CHECK(said.history.at("test_accuracy_by_stars/test") == Points{{1, 1}, {5, 0.5}});
  CHECK(said.history.at("test_items_by_stars/test") == Points{{1, 2}, {5, 2}});
  CHECK(said.history.at("test_accuracy_by_domain/books") == Points{{1, 1}});
  CHECK(said.history.at("test_items_by_domain/books") == Points{{1, 3}});
  CHECK(said.history.at("test_accuracy_by_domain/dvd") == Points{{2, 0}});
}

TEST_CASE("slices that the data do not have are not told", "[slices]") {
  testing::RunRecorder said;
  ReportSlices({true}, {{5, 0, ""}}, said);
  CHECK(said.history.size() == 2);
}

/// Reviews in Blitzer's form: of two kinds of products, with 1 and with 5 stars.
std::string BlitzerFile() {
  std::string text;
  for (int i = 0; i < 120; ++i) {
    text += "<review>\n<product_type>\n";
    text += i % 3 ? "books" : "dvd";
    text += "\n</product_type>\n<rating>\n";
    text += i % 2 ? "5.0" : "1.0";
    text += "\n</rating>\n<title>\nt\n</title>\n<review_text>\nreview " + std::to_string(i);
    text += "\n</review_text>\n</review>\n";
  }
  return text;
}

TEST_CASE("a run on reviews with stars and domains tells the slices of both", "[slices][run]") {
  const sweepformer::testing::TempFolder folder;
  const std::string path = (folder / "a.review").string();
  REQUIRE(WriteFileAtomic(path, BlitzerFile()).ok());
  const auto run = testing::RecordRun({{"dataset", "blitzer"},
                                       {"data_path", path},
                                       {"attention", "none"},
                                       {"d_model", std::int64_t{8}},
                                       {"epochs", std::int64_t{1}}});
  const double all = run.metrics.at("test_samples");
  const auto& stars = run.history.at("test_items_by_stars/test");
  REQUIRE(stars.size() == 2);
  CHECK(stars[0].first == 1);
  CHECK(stars[1].first == 5);
  CHECK(stars[0].second + stars[1].second == all);
  const auto& books = run.history.at("test_items_by_domain/books");
  const auto& dvds = run.history.at("test_items_by_domain/dvd");
  CHECK(books[0].second + dvds[0].second == all);
  CHECK(books[0].first + 1 == dvds[0].first);
}

TEST_CASE("the slices of a run make up its accuracy", "[slices][run]") {
  const auto run =
      testing::RecordRun(testing::TinyRun("none", {{"epochs", std::int64_t{2}}, {"lr", 0.01}}));
  const auto& accuracy = run.history.at("test_accuracy_by_length/test");
  const auto& items = run.history.at("test_items_by_length/test");
  REQUIRE(accuracy.size() == items.size());
  double right = 0, all = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    CHECK(accuracy[i].first == items[i].first);
    right += accuracy[i].second * items[i].second;
    all += items[i].second;
  }
  CHECK(all == run.metrics.at("test_samples"));
  CHECK(right / all == Approx(run.metrics.at("test_accuracy")));
  CHECK(items.back().first > 24);  // max_length: texts are sorted by what they were before the cut
}

}  // namespace
}  // namespace sweepformer::model
