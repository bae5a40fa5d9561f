#include "results/table.h"

#include <catch2/catch.hpp>

#include "results/latex.h"

using namespace sweepformer;

TEST_CASE("an unknown format names those there are", "[table]") {
  CHECK(ParseTableFormat("md").value() == TableFormat::kMarkdown);
  CHECK(ParseTableFormat("latex").value() == TableFormat::kLatex);
  CHECK(ParseTableFormat("xml").status().message() ==
        "--format is 'table', 'csv', 'json', 'md' or 'latex', not 'xml'");
}

TEST_CASE("nothing in a text is a command of LaTeX", "[table]") {
  CHECK(LatexText("\\input{x} $ & # _ % ~ ^ < > | `") ==
        "\\textbackslash{}input\\{x\\} \\$ \\& \\# \\_ \\% \\textasciitilde{} \\textasciicircum{} "
        "\\textless{} \\textgreater{} \\textbar{} \\textasciigrave{}");
  CHECK(LatexText("a\tb\nc\x1b") == "a b c\\textbackslash{}x1b");
  CHECK(LatexText("\xff") == "\\textbackslash{}xff");
}

TEST_CASE("LaTeX gets minus signs for numbers and hyphens for words", "[table]") {
  CHECK(LatexText("-0.5") == "$-$0.5");
  CHECK(LatexText("-Infinity") == "$-$Infinity");
  CHECK(LatexText("[-1, -2]") == "[$-$1, $-$2]");
  CHECK(LatexText("ag-news 2026-11-24 1e-05 - a--b") == "ag-news 2026-11-24 1e-05 - a-{}-b");
  CHECK(LatexText("0.9 ± 0.1 −1 ≤ Δ ä") == "0.9 $\\pm$ 0.1 $-$1 $\\le$ $\\Delta$ ä");
}

TEST_CASE("a LaTeX line may begin with what would belong to the line before", "[table]") {
  CHECK(LatexLine({"[0.1, 0.2]", "*"}) == "{}[0.1, 0.2] & * \\\\\n");
  CHECK(LatexLine({"*", ""}) == "{}* &  \\\\\n");
}

TEST_CASE("a LaTeX table has the rules of booktabs and the alignment of its columns", "[table]") {
  const TextTable table = {{{"design", Align::kLeft}, {"acc", Align::kRight}}, {{"full", "0.9"}}};
  CHECK(RenderLatex(table) ==
        "% needs \\usepackage{booktabs}\n\\begin{tabular}{lr}\n\\toprule\ndesign & acc \\\\\n"
        "\\midrule\nfull & 0.9 \\\\\n\\bottomrule\n\\end{tabular}\n");
}

TEST_CASE("columns hold what a terminal shows, not bytes or code points", "[table]") {
  CHECK(TextWidth("full") == 4);
  CHECK(TextWidth("größe") == 5);
  CHECK(TextWidth("日本 語") == 7);
  CHECK(TextWidth("e\u0301") == 1);
  CHECK(TextWidth("a\xff\tb") == 4);
  CHECK(TextWidth("") == 0);
}
