// What the program says, word for word, of data that are missing or malformed: file, row, column.
#include <catch2/catch.hpp>
#include <fstream>

#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

/// What `plan` says of a sweep over one file with this content; exit code 2 is required.
std::string ErrorOf(const std::string& set, const std::string& content) {
  Desk desk("spec = 1\nname = \"d\"\n[base]\ndataset = \"" + set + "\"\ndata_path = \"file\"\n");
  UseWorker(desk, "");
  std::ofstream(desk.folder() / "file") << content;
  const Output plan = desk.Call("plan s.toml");
  CHECK(plan.exit_code == 2);
  CHECK(plan.out.empty());
  return plan.err;
}

/// The same of a review of the Multi-Domain Sentiment set.
std::string BlitzerError(const std::string& content) { return ErrorOf("blitzer", content); }

std::string PolarityError(const std::string& content) {
  return ErrorOf("amazon-polarity", content);
}

const std::string kReview =
    "<review>\n<rating>\n5.0\n</rating>\n<title>\nt\n</title>\n<review_text>\nb\n</review_text>\n"
    "</review>\n";

}  // namespace

TEST_CASE("a malformed file of Zhang's CSV is named with row and column", "[errors][golden]") {
  const std::string good = "\"1\",\"title\",\"body\"\n";
  CHECK(PolarityError(good + "\"3\",\"title\",\"body\"\n") ==
        "sweepformer: file:2: column 1: '3' is no label; expected 1 or negative, 2 or positive\n");
  CHECK(PolarityError(good + "\"2\",\"title\"\n") ==
        "sweepformer: file:2: expected 3 fields, found 2\n");
  CHECK(PolarityError(good + "\"2\",\"title\",\"bo") ==
        "sweepformer: file:2: a quote opens here and is never closed; write a quote inside a field "
        "as \"\", or get the file again if it was cut off\n");
  CHECK(PolarityError(good + "\"2\",\"ti\"tle,\"body\"\n") ==
        "sweepformer: file:2: 't' after a closing quote; write a quote inside a field as \"\"\n");
}

TEST_CASE("a malformed CSV with header is named with row and column", "[errors][golden]") {
  CHECK(PolarityError("sentiment,review\n1,good: x\n2\n") ==
        "sweepformer: file:3: expected 2 fields, found 1\n");
  CHECK(PolarityError("id,sentiment,review\n7,maybe,good: x\n") ==
        "sweepformer: file:2: column 2: 'maybe' is no label; expected 1 or negative, 2 or "
        "positive\n");
}

TEST_CASE("a malformed fastText file is named with its row", "[errors][golden]") {
  CHECK(
      PolarityError("__label__1 good: x\n__label__9 bad: y\n") ==
      "sweepformer: file:2: expected __label__1 or __label__2 and a blank, found '__label__9 bad: "
      "y'\n");
  CHECK(PolarityError("__label__1 good: x\n__lab") ==
        "sweepformer: file:2: expected __label__1 or __label__2 and a blank, found '__lab'\n");
}

TEST_CASE("a file of another kind is shown by its beginning", "[errors][golden]") {
  CHECK(PolarityError("") == "sweepformer: file:1: the file is empty; get it again\n");
  CHECK(PolarityError("\x7f"
                      "ELF\x1b[2J\xff") ==
        "sweepformer: file:1: expected one of \"1|2\",\"title\",\"body\"; a header with sentiment "
        "and review; or __label__1|2 and text; found '?ELF?[2J?'\n");
  CHECK(BlitzerError("\x7f"
                     "ELF") ==
        "sweepformer: file:1: expected <review>, found '?ELF'; is this a file of the Multi-Domain "
        "Sentiment set?\n");
}

TEST_CASE("a malformed Blitzer file is named with its line", "[errors][golden]") {
  CHECK(BlitzerError(kReview + "<review>\n<rating>\n9\n</rating>\n<title>\nt\n</title>\n"
                               "<review_text>\nb\n</review_text>\n</review>\n") ==
        "sweepformer: file:14: rating '9' is not a number from 1 to 5\n");
  CHECK(BlitzerError(kReview + "<review>\n<rating>\n5\n</rating>\n<title>\ncut o") ==
        "sweepformer: file:16: <title> is never closed; the file seems cut off or damaged, get it "
        "again\n");
  CHECK(BlitzerError("<review>\n<rating>\n5\n</rating>\n<title>\nt\n</title>\n</review>\n") ==
        "sweepformer: file:1: this review has no <review_text>\n");
}

TEST_CASE("data that are missing are looked for and told where", "[errors][golden]") {
  Desk desk("spec = 1\nname = \"d\"\n[base]\ndataset = \"blitzer\"\n");
  UseWorker(desk, "");
  desk.prefix += " SWEEPFORMER_DATA=";
  const Output nowhere = desk.Call("plan s.toml");
  CHECK(nowhere.exit_code == 2);
  CHECK(nowhere.err ==
        "sweepformer: blitzer: no data folder is known; say where the data are with --data DIR or "
        "SWEEPFORMER_DATA, or name files with data_path\n");
  CHECK(desk.Call("plan s.toml --data gone").err ==
        "sweepformer: blitzer: the data folder 'gone' does not exist; say where the data are with "
        "--data DIR or SWEEPFORMER_DATA, or name files with data_path\n");
  CHECK(desk.Call("plan s.toml --data .").err ==
        "sweepformer: blitzer: found no 'sorted_data_acl' or 'domain_sentiment_data.tar.gz' up to "
        "3 levels "
        "below '.'; say where the data are with --data DIR or SWEEPFORMER_DATA, or name files with "
        "data_path\n");
}

TEST_CASE("what data prints as JSON has its warnings inside", "[data]") {
  const Desk desk("");
  for (const char* call :
       {"data list --json", "data inspect synthetic-reviews --set rows=50 --json"})
    CHECK_THAT(desk.Call(call).out, Catch::Contains("\"warnings\": []"));
}

TEST_CASE("data that are known but not there are a data error", "[errors]") {
  const Desk desk("");
  CHECK(desk.Call("data inspect imdb --data .").exit_code == 2);
  CHECK(desk.Call("data inspect imbd --data .").exit_code == 4);
}

TEST_CASE("a list of what a folder holds wants the folder", "[errors][golden]") {
  const Desk desk("spec = 1\n");
  const Output gone = desk.Call("data list --data gone");
  CHECK(gone.exit_code == 2);
  CHECK(gone.out.empty());
  CHECK(gone.err ==
        "sweepformer: the data folder 'gone' does not exist; say where the data are with --data "
        "DIR or SWEEPFORMER_DATA\n");
  CHECK_THAT(desk.Call("data list --data s.toml").err,
             Catch::Contains("the data folder 's.toml' is no folder; "));
  CHECK(desk.Call("data list --data .").exit_code == 0);
}

TEST_CASE("data fetch says what it cannot fetch, and why", "[errors][golden]") {
  Desk desk("spec = 1\nname = \"d\"\n");
  const auto error_of = [&](const std::string& set, int code) {
    const Output output = desk.Call("data fetch " + set);
    CHECK(output.exit_code == code);
    return output.err;
  };
  CHECK(error_of("listops", 2) == "sweepformer: listops is generated; there is nothing to fetch\n");
  CHECK(error_of("custom", 2) ==
        "sweepformer: custom is of files of your own; name them with data_path in the spec\n");
  CHECK(error_of("cola", 2) == "sweepformer: where to? Add --data DIR, or set SWEEPFORMER_DATA\n");
  CHECK(error_of("colla", 4).find("did you mean 'cola'?") != std::string::npos);
  CHECK(error_of("blitzer --data d", 2).find("cannot be fetched by a command") !=
        std::string::npos);
}

TEST_CASE("data fetch takes no other file for the published one", "[errors]") {
  const Desk desk("");
  const auto check_refused = [&](const std::string& set, const std::string& file) {
    const Output output = desk.Call("data fetch " + set + " --data .");
    CHECK(output.exit_code == 2);
    CHECK_THAT(output.err, Catch::Contains(file + ": is not the published file (") &&
                               Catch::Contains("; move it away and fetch again\n"));
  };
  std::ofstream(desk.folder() / "RTE.zip") << "cut off";
  check_refused("rte", "RTE.zip");
  std::filesystem::create_directory(desk.folder() / "ag_news_csv");
  std::ofstream(desk.folder() / "ag_news_csv/train.csv") << "cut off";
  check_refused("ag-news", "ag_news_csv/train.csv");
}

TEST_CASE("data fetch goes on from an extract to the whole, beside what is there", "[errors]") {
  const Desk desk("");
  std::filesystem::create_directory(desk.folder() / "m");
  for (const std::string name : {"m/train", "m/train10k", "m/t10k"})
    std::ofstream(desk.folder() / (name + "-images-idx3-ubyte.gz")) << "cut off";
  for (const std::string name : {"m/train10k", "m/t10k"})
    std::ofstream(desk.folder() / (name + "-labels-idx1-ubyte.gz")) << "cut off";
  const Output output = desk.Call("data fetch mnist --data .");
  CHECK(output.exit_code == 2);
  CHECK_THAT(output.out, Catch::Contains("mnist: only an extract is there, "));
  CHECK_THAT(output.err,
             Catch::Contains("m/train-images-idx3-ubyte.gz: is not the published file"));
}
