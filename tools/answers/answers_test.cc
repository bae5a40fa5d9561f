// What the program answers, case by case in testdata/answers (README.md there).
#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "orchestrator/core/golden.h"
#include "orchestrator/core/testing.h"
#include "results/named_queries.h"
#include "tools/answers/store_setup.h"

using namespace sweepformer;
using namespace sweepformer::testing;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool IsCall(const std::string& line) { return line.starts_with("$ "); }

/// "write FILE TEXT": a line more in a file of the desk.
void WriteLine(const TempFolder& desk, const std::string& line) {
  const std::size_t blank = line.find(' ', 6);
  std::ofstream(desk / line.substr(6, blank - 6), std::ios::app) << line.substr(blank + 1) << "\n";
}

/// Carries out the lines before the first call.
Status SetUp(const std::vector<std::string>& lines, const TempFolder& desk) {
  SF_ASSIGN(ResultStore store, ResultStore::Open(desk / "sweepformer.db"));
  for (auto it = lines.begin(); it != lines.end(); ++it) {
    if (it->empty() || it->starts_with('#')) continue;
    if (it->starts_with("sweep ")) {
      const auto end = std::find(it, lines.end(), "");
      SF_TRY(AddSweep(store, {it, end}));
      it = end - 1;
    } else if (it->starts_with("sql ")) {
      SF_ASSIGN(Statement statement, store.connection().Prepare(it->substr(4)));
      SF_TRY(statement.Run().WithContext(*it));
    } else if (it->starts_with("write ")) {
      WriteLine(desk, *it);
    } else {
      return InvalidArgument(*it + ": neither 'sweep', 'sql', 'write' nor '$'");
    }
  }
  return {};
}

/// What a line of the shell prints: its output, then "! " before each line of its errors, then its
/// exit code if that is not 0.
std::string Answer(const std::string& call, const TempFolder& desk) {
  const std::string command = fmt::format(
      "cd '{}' && export XDG_CACHE_HOME=$PWD/cache LC_ALL=C.UTF-8 PATH=" SWEEPFORMER_BIN_DIR
      ":$PATH; {{ {}; }} >.out 2>.err",
      desk.path().string(), call);
  const int status = std::system(command.c_str());
  std::string text = ReadFile(desk / ".out").value();
  for (const std::string& line : LinesOf(ReadFile(desk / ".err").value()))
    text += "! " + line + "\n";
  if (status != 0) text += fmt::format("[exit {}]\n", WEXITSTATUS(status));
  return text;
}

/// The file as it would be if all its answers were right.
std::string Transcript(const std::string& file, const TempFolder& desk) {
  const std::vector<std::string> lines = LinesOf(file);
  const auto first = std::find_if(lines.begin(), lines.end(), IsCall);
  const Status set_up = SetUp({lines.begin(), first}, desk);
  CHECK(set_up.message() == "");
  std::string text;
  for (auto it = lines.begin(); it != first; ++it) text += *it + "\n";
  for (auto it = first; it != lines.end(); ++it) {
    if (!IsCall(*it)) continue;
    text += (it == first ? "" : "\n") + *it + "\n" + Answer(it->substr(2), desk);
  }
  return text;
}

std::vector<fs::path> CaseFiles() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(SWEEPFORMER_SOURCE_DIR "/tools/testdata/answers"))
    if (entry.path().extension() == ".test") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

Status Problem(const std::string& setup) { return SetUp(LinesOf(setup), TempFolder()); }

}  // namespace

TEST_CASE("the program answers as its cases say", "[answers]") {
  const std::vector<fs::path> files = CaseFiles();
  CHECK(files.size() >= 4);
  for (const fs::path& file : files) {
    INFO(file.filename().string());
    const TempFolder desk;
    CheckGolden(file, Transcript(ReadFile(file).value(), desk));
  }
}

TEST_CASE("every named query has a case", "[answers]") {
  std::string calls;
  for (const fs::path& file : CaseFiles()) calls += ReadFile(file).value();
  for (const NamedQuery& query : NamedQueries()) {
    INFO(query.name);
    CHECK((calls.find("query --name " + query.name + " ") != std::string::npos ||
           calls.find("query --name " + query.name + "\n") != std::string::npos));
  }
}

TEST_CASE("a case that cannot be set up says which line is wrong", "[answers]") {
  CHECK(Problem("sweeps demo").message() == "sweeps demo: neither 'sweep', 'sql', 'write' nor '$'");
  CHECK(Problem("sweep demo\nx seed y\n1 1").message() ==
        "1 1: 2 values for 3 columns; - stands for none");
  CHECK(Problem("sweep demo\nx y\n").message() == "a table of runs needs a column 'seed'");
  CHECK(Problem("sweep demo goal=y\nx seed y\n").message() ==
        "sweep demo goal=y: only maximize=M and minimize=M may follow the name");
  CHECK(Problem("sweep demo\nx seed @outcome\n1 1 lucky\n").message() ==
        "lucky: no outcome of an attempt");
  CHECK_FALSE(Problem("sql SELEC").ok());
}

TEST_CASE("words of a line may be quoted", "[answers]") {
  CHECK(WordsOf("a  \"b c\" \"\" d\"e f\"") == std::vector<std::string>{"a", "b c", "", "de f"});
}
