#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "results/table.h"

namespace sweepformer {

/// `text` as LaTeX prints it: nothing in it is a command, line breaks are blanks, a minus before a
/// number is one, and signs such as ± and ≤ are in math mode, so that pdflatex has them, too. Other
/// characters beyond ASCII stay UTF-8, which LaTeX reads since 2018.
std::string LatexText(std::string_view text);

/// A booktabs table in three parts. It needs \usepackage{booktabs} and says so.
std::string LatexHead(const std::vector<TextTable::Column>& columns);
std::string LatexLine(const std::vector<std::string>& cells);
inline constexpr std::string_view kLatexFoot = "\\bottomrule\n\\end{tabular}\n";

}  // namespace sweepformer
