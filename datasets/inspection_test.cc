#include "datasets/inspection.h"

#include <catch2/catch.hpp>

#include "datasets/catalog.h"
#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

constexpr std::string_view kLines =
    "__label__2 A find: It works, I say.\n__label__1 : Broke\n__label__1 Waste of: \n"
    "__label__2 A find: It works, I say.\n";

}  // namespace

TEST_CASE("length percentiles go by nearest rank", "[datasets][inspection]") {
  std::vector<std::int64_t> lengths;
  for (std::int64_t length = 200; length >= 1; --length) lengths.push_back(length);
  CHECK(ProfileOf(lengths) == LengthProfile{1, 20, 100, 180, 198, 200, 100.5});
  CHECK(ProfileOf({7}) == LengthProfile{7, 7, 7, 7, 7, 7, 7});
  CHECK(ProfileOf({}) == LengthProfile{});
}

TEST_CASE("an inspection counts, measures and samples what is kept", "[datasets][inspection]") {
  const TemporaryCache cache;
  const TemporaryFolder folder;
  const auto path = folder.Write("a.txt", kLines);
  const auto request = RequestOf(path.string(), "");
  REQUIRE(request.ok());
  const auto inspection = Inspect(*request);
  REQUIRE(inspection.ok());
  CHECK(inspection->set == "amazon-polarity");
  CHECK(inspection->files.front().path == path);
  CHECK(inspection->fingerprint.size() == 32);
  CHECK(inspection->counts.rows_read == 4);
  CHECK(inspection->counts.kept == 3);
  CHECK(inspection->counts.kept_without_title == 1);
  CHECK(inspection->counts.kept_without_body == 1);
  CHECK(inspection->title.longest == 2);
  CHECK(inspection->body == LengthProfile{0, 0, 1, 4, 4, 4, 5.0 / 3});
  REQUIRE(inspection->sample.size() == 2);
  CHECK(inspection->sample[0].body == "Broke");
  CHECK(inspection->sample[1].title == "A find");
}

TEST_CASE("a name, a file and a folder each stand for a request", "[datasets][inspection]") {
  const TemporaryFolder folder;
  const auto reviews =
      folder.Write("x/a.review",
                   "<review>\n<rating>\n5\n</rating>\n<title>\n</title>\n<review_text>\n"
                   "b\n</review_text>\n</review>\n");
  CHECK(RequestOf("blitzer", folder.path())->data_folder == folder.path());
  CHECK(RequestOf(reviews.string(), "")->name == "blitzer");
  folder.Write("x/test.ft.txt", kLines);
  CHECK(RequestOf(folder.path().string(), "")->name == "amazon-polarity");
}

TEST_CASE("a file in no known form is refused with every reader's reason",
          "[datasets][inspection]") {
  const TemporaryFolder folder;
  const auto path = folder.Write("a.csv", "name,price\n");
  const auto request = RequestOf(path.string(), "");
  CHECK(request.status().code() == Code::kInvalidArgument);
  CHECK(MessageOf(request).find("as blitzer: " + path.string() + ":1: expected <review>") !=
        std::string::npos);
  CHECK(MessageOf(request).find("as amazon-polarity: " + path.string() + ":1: expected one of") !=
        std::string::npos);
}

TEST_CASE("a folder of no or of several sets says what to type", "[datasets][inspection]") {
  const TemporaryFolder folder;
  CHECK(RequestOf(folder.path().string(), "").status().code() == Code::kNotFound);
  folder.Write("test.ft.txt", kLines);
  folder.Write("sorted_data_acl/books/positive.review", "");
  CHECK(MessageOf(RequestOf(folder.path().string(), "")) ==
        "'" + folder.path().string() +
            "' holds 'blitzer' and 'amazon-polarity'; type 'sweepformer "
            "data inspect blitzer --data " +
            folder.path().string() + "'");
}

TEST_CASE("what is neither a set nor a path is not found", "[datasets][inspection]") {
  const auto request = RequestOf("blitzr", "");
  CHECK(request.status().code() == Code::kNotFound);
  CHECK(MessageOf(request) ==
        MessageOf(FindSet("blitzr")) + "; nor is there a file or folder of that name");
}

TEST_CASE("settings say how a file of one's own, or a set, is read", "[datasets][inspection]") {
  const TemporaryCache cache;
  const TemporaryFolder folder;
  const auto path = folder.Write("a.csv", "text,label\nfine,yes\nbad,no\nfair,yes\n");
  const Parameters settings = {{"body_column", "text"}, {"label_values", "[\"no\",\"yes\"]"}};
  const auto inspection = Inspect(RequestOf(path.string(), "", settings).value());
  INFO(MessageOf(inspection));
  REQUIRE(inspection.ok());
  CHECK(inspection->classes == std::vector<std::string>{"no", "yes"});
  CHECK(inspection->counts.kept_of == std::vector<std::int64_t>{1, 2});
  CHECK(inspection->parts.empty());
  CHECK(RequestOf("amazon-multi", "", {{"star_classes", "five"}})->star_classes ==
        StarClasses::kFive);
  CHECK(RequestOf("nowhere.csv", "", settings).status().code() == Code::kNotFound);
}

TEST_CASE("the balance of a publisher's parts is told", "[datasets][inspection]") {
  const TemporaryCache cache;
  const TemporaryFolder folder;
  folder.Write("SST-2/train.tsv", "sentence\tlabel\na\t0\nb\t1\nc\t1\n");
  folder.Write("SST-2/dev.tsv", "sentence\tlabel\nd\t0\n");
  const auto inspection = Inspect({"sst2", folder.path()});
  REQUIRE(inspection.ok());
  REQUIRE(inspection->parts.size() == 2);
  CHECK(inspection->parts[0].part == "train");
  CHECK(inspection->parts[0].of_label == std::vector<std::int64_t>{1, 2});
  CHECK(inspection->parts[1].of_label == std::vector<std::int64_t>{1, 0});
  CHECK_FALSE(inspection->has_titles);
}

TEST_CASE("a path that cannot be looked at is told from one that is not there",
          "[datasets][inspection]") {
  const TemporaryFolder folder;
  const std::string loop = (folder.path() / "loop").string();
  std::filesystem::create_symlink("loop", loop);
  CHECK(MessageOf(RequestOf(loop, "")).starts_with(loop + ": cannot be read: "));
}
