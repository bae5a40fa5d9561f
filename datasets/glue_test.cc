#include "datasets/glue.h"

#include <catch2/catch.hpp>

#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

TEST_CASE("sst-2 is sentences with 0 and 1, quotes and carriage returns being of no account",
          "[datasets][glue]") {
  const auto rows = ReadSst2("sentence\tlabel\r\na \"quoted film \t1\r\n it 's bad\t0\n", "f");
  REQUIRE(rows.ok());
  CHECK(*rows ==
        std::vector<Review>{{"", "a \"quoted film ", 1, 0, ""}, {"", " it 's bad", 0, 0, ""}});
}

TEST_CASE("of a pair the first sentence is the title and the second the body", "[datasets][glue]") {
  const auto rte = ReadRte(
      "index\tsentence1\tsentence2\tlabel\n0\tA.\tB.\tnot_entailment\n1\tC.\tD.\tentailment\n",
      "f");
  REQUIRE(rte.ok());
  CHECK(*rte == std::vector<Review>{{"A.", "B.", 1, 0, ""}, {"C.", "D.", 0, 0, ""}});
  const auto qnli = ReadQnli("index\tquestion\tsentence\tlabel\n0\tWho?\tHe.\tentailment\n", "f");
  REQUIRE(qnli.ok());
  CHECK(qnli->front() == Review{"Who?", "He.", 0, 0, ""});
}

TEST_CASE("cola has no header and keeps the author's mark apart", "[datasets][glue]") {
  const auto rows = ReadCola("gj04\t1\t\tGood.\ngj04\t0\t*\tBad \"one.\n", "f");
  REQUIRE(rows.ok());
  CHECK(*rows == std::vector<Review>{{"", "Good.", 1, 0, ""}, {"", "Bad \"one.", 0, 0, ""}});
}

TEST_CASE("a part of glue without labels is refused with what to use", "[datasets][glue]") {
  CHECK(MessageOf(ReadCola("index\tsentence\n0\tGood.\n", "f")) ==
        "f:1: this is the test part, whose labels are kept back; use the training and dev parts");
  CHECK(
      MessageOf(ReadRte("index\tsentence1\tsentence2\n0\tA\tB\n", "f")) ==
      "f:1: no column 'label'; the header names 'index', 'sentence1', 'sentence2'; GLUE keeps the "
      "labels of its test parts back: use the training and dev parts");
}

TEST_CASE("a malformed line of glue is named with what was expected", "[datasets][glue]") {
  CHECK(MessageOf(ReadSst2("sentence\tlabel\nfine\t1\ncut", "f")) ==
        "f:3: expected 2 fields, found 1");
  CHECK(MessageOf(ReadSst2("sentence\tlabel\nfine\t2\n", "f")) ==
        "f:2: '2' is no label; expected 0 or 1");
  CHECK(MessageOf(ReadQnli("index\tquestion\tsentence\tlabel\n0\ta\tb\tentail\n", "f")) ==
        "f:2: 'entail' is no label; expected entailment or not_entailment");
  CHECK(
      MessageOf(ReadSst2("sentense\tlabel\n", "f")) ==
      "f:1: no column 'sentence', did you mean 'sentense'?; the header names 'sentense', 'label'");
  CHECK(MessageOf(ReadCola("", "f")) == "f:1: the file is empty; get it again");
}

TEST_CASE("a file of glue that ends after its header is refused", "[datasets][glue]") {
  CHECK(MessageOf(ReadSst2("sentence\tlabel\n", "f")) ==
        "f:1: only a header is there; get the file again");
}
