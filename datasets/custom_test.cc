#include "datasets/custom.h"

#include <catch2/catch.hpp>

#include "datasets/corpus.h"
#include "datasets/fingerprint.h"
#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

CustomColumns Columns(TableFormat format = TableFormat::kCsv) {
  CustomColumns columns;
  columns.format = format;
  columns.title = "Title";
  columns.body = "Text";
  columns.label = "Stars";
  columns.classes = {"1|2|poor", "4|5|good"};
  columns.dropped = {"3", ""};
  return columns;
}

const std::vector<Review> kRows = {{"t", "b", 0, 0, ""}, {"", "c", 1, 0, ""}};

}  // namespace

TEST_CASE("columns are found by name whatever their order, case and format", "[datasets][custom]") {
  CHECK(ReadCustom("id,text,STARS,title\n7,b,1,t\n8,c,5.0,\n", "f", Columns()).value() == kRows);
  CHECK(ReadCustom("stars\ttitle\ttext\n2\tt\tb\nGOOD \t\tc\n", "f", Columns(TableFormat::kTsv))
            .value() == kRows);
  CHECK(ReadCustom("{\"Stars\": 1, \"Title\": \"t\", \"Text\": \"b\", \"x\": [1]}\n\n"
                   "{\"Stars\": 5.0, \"Text\": \"c\", \"Title\": null}\n",
                   "f", Columns(TableFormat::kJsonLines))
            .value() == kRows);
}

TEST_CASE("a dropped label takes no side", "[datasets][custom]") {
  const auto rows = ReadCustom("Title,Text,Stars\na,b,3\na,c,\n", "f", Columns());
  REQUIRE(rows.ok());
  CHECK(rows->at(0).label == kNeutral);
  CHECK(rows->at(1).label == kNeutral);
}

TEST_CASE("a separator parts a packed field into title and body", "[datasets][custom]") {
  CustomColumns columns = Columns();
  columns.title.reset();
  columns.separator = ": ";
  const auto rows = ReadCustom("Text,Stars\nt: b: c,1\nno title,5\n", "f", columns);
  REQUIRE(rows.ok());
  CHECK(*rows == std::vector<Review>{{"t", "b: c", 0, 0, ""}, {"", "no title", 1, 0, ""}});
}

TEST_CASE("without classes the labels that are there are named", "[datasets][custom]") {
  CustomColumns columns = Columns();
  columns.classes.clear();
  CHECK(MessageOf(ReadCustom("Title,Text,Stars\na,b,no\na,c,yes\na,d,no\n", "f", columns)) ==
        "f: which values of 'Stars' are which class? It holds 'no' (2), 'yes' (1); say so, e.g. "
        "with label_values = [\"no\", \"yes\"]");
}

TEST_CASE("a word stands for one label", "[datasets][custom]") {
  const auto problem = [](std::vector<std::string> classes, std::vector<std::string> dropped) {
    CustomColumns columns = Columns();
    columns.classes = std::move(classes);
    columns.dropped = std::move(dropped);
    return MessageOf(ReadCustom("Title,Text,Stars\na,b,1\n", "f", columns));
  };
  CHECK(problem({"1|1.0", "2"}, {}).empty());
  CHECK(problem({"1|2", "2|3"}, {}).starts_with("'2' stands for two labels in label_values"));
  CHECK(problem({"Pos", "pos"}, {}).starts_with("'pos' stands for two labels"));
  CHECK(problem({"1", "2"}, {"2.0"}).starts_with("'2.0' stands for two labels"));
}

TEST_CASE("true and false are words in any case", "[datasets][custom]") {
  for (const auto& classes : {std::vector<std::string>{"false", "true"}, {"0", "1"}}) {
    CustomColumns columns;
    columns.body = "text";
    columns.classes = classes;
    const auto rows = ReadCustom("label,text\nTrue,a\nFALSE,b\ntrue,c\n", "f", columns);
    REQUIRE(rows.status().message() == "");
    CHECK((*rows)[0].label == 1);
    CHECK((*rows)[1].label == 0);
    CHECK((*rows)[2].label == 1);
  }
}

TEST_CASE("of names that differ in case alone the one written so counts", "[datasets][custom]") {
  for (const char* wanted : {"Label", "label"}) {
    CustomColumns columns;
    columns.body = "text";
    columns.label = wanted;
    columns.classes = {"0", "1"};
    const int expected = columns.label == "label" ? 1 : 0;
    CHECK(ReadCustom("Label,label,text\n0,1,a\n", "f", columns).value()[0].label == expected);
    columns.format = TableFormat::kJsonLines;
    const char* const line = R"({"Label": 0, "label": 1, "text": "a"})";
    CHECK(ReadCustom(line, "f", columns).value()[0].label == expected);
  }
}

TEST_CASE("what does not fit is named with its line", "[datasets][custom]") {
  CHECK(MessageOf(ReadCustom("Title,Text,Stars\na,b,1\na,b,9\n", "f", Columns())) ==
        "f:3: 'Stars' is '9', which is neither in label_values nor in dropped_labels");
  CHECK(MessageOf(ReadCustom("Titel,Text,Stars\n", "f", Columns())) ==
        "f:1: no column 'Title', did you mean 'Titel'?; the header names 'Titel', 'Text', 'Stars'");
  CHECK(MessageOf(ReadCustom("Title,Text,Text,Stars\n", "f", Columns())) ==
        "f:1: the header names 'Text' more than once; rename the column that is not meant");
  CHECK(MessageOf(ReadCustom("", "f", Columns())) == "f:1: the file is empty");
  const auto json = [](std::string_view bytes) {
    return MessageOf(ReadCustom(bytes, "f", Columns(TableFormat::kJsonLines)));
  };
  CHECK(json("{\"Stars\": 1, \"Title\": \"t\"}\n{\"Stars\": 1, \"Tex") ==
        "f:2: expected one JSON object on a line, found '{\"Stars\": 1, \"Tex'");
  CHECK(json("[1]\n") == "f:1: expected one JSON object on a line, found '[1]'");
  CHECK(json("{\"Stars\": [1], \"Title\": \"t\", \"Text\": \"b\"}\n") ==
        "f:1: 'Stars' is array; expected text or a number");
  CHECK(
      json("{\"Stars\": 1, \"title\": \"t\", \"texte\": \"b\"}\n") ==
      "f: no row has a key 'Text', did you mean 'texte'?; there are 'Stars', 'texte' and 'title'");
  CHECK(json(std::string(100'000, '[')).starts_with("f:1: expected one JSON object"));
  CHECK(json("{\"a\":" + std::string(100'000, '[')).starts_with("f:1: expected one JSON object"));
}

TEST_CASE("a user's file is a set that parameters describe", "[datasets][custom]") {
  const TemporaryCache cache;
  const TemporaryFolder folder;
  const auto path = folder.Write("a.tsv", "head\tok\nfine\t1\nso so\tna\nbad\t0\n");
  Parameters parameters = {{"dataset", "custom"},   {"data_path", path.string()},
                           {"data_format", "tsv"},  {"body_column", "head"},
                           {"label_column", "ok"},  {"label_values", "[0,1]"},
                           {"dropped_labels", "na"}};
  const auto request = RequestFrom(parameters, "");
  INFO(MessageOf(request));
  REQUIRE(request.ok());
  const auto corpus = Load(*request);
  INFO(MessageOf(corpus));
  REQUIRE(corpus.ok());
  CHECK(corpus->classes == std::vector<std::string>{"0", "1"});
  CHECK(corpus->counts.kept_of == std::vector<std::int64_t>{1, 1});
  CHECK(corpus->counts.neutral == 1);
  const std::string before = Fingerprint(*request).value();
  parameters["label_values"] = "[1,0]";
  CHECK(Fingerprint(RequestFrom(parameters, "").value()).value() != before);
}

TEST_CASE("a set of one's own says what it needs to know", "[datasets][custom]") {
  const auto refusal = [](Parameters parameters) {
    parameters["dataset"] = "custom";
    return MessageOf(RequestFrom(parameters, ""));
  };
  CHECK(refusal({}) ==
        "which columns of the file are read? Name them with title_column, body_column or both");
  CHECK(refusal({{"body_column", "b"}, {"label_values", "[\"a\"]"}}) ==
        "label_values names one class; name at least two");
  CHECK(refusal({{"body_column", "b"}, {"label_values", "[[1]]"}}) ==
        "label_values = [[1]] is not a list of words; type [\"no\", \"yes\"]");
  CHECK(refusal({{"title_column", "b"}, {"title_separator", ": "}})
            .starts_with("title_separator parts what body_column holds"));
  CHECK(refusal({{"body_column", "b"}, {"data_format", "xls"}}) ==
        "data_format = 'xls'; use 'csv', 'tsv' or 'jsonl'");
  CHECK(MessageOf(Load(RequestFrom({{"dataset", "custom"}, {"body_column", "b"}}, "").value())) ==
        "custom: which files? Name one or a list of them with data_path");
}
