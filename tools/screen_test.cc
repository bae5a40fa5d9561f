// The screen of a launch, on a terminal and off it, with a worker that waits until it is let go.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <regex>

#include "orchestrator/core/golden.h"
#include "tools/terminal.h"
#include "tools/testing.h"

using namespace sweepformer;
using sweepformer::testing::Desk;
using sweepformer::testing::Screen;
using sweepformer::testing::Terminal;
using sweepformer::testing::Within;

namespace {

/// Three runs of which the second fails, each waiting for a line on a pipe of its own.
const std::string kSpec =
    "spec = 1\nname = \"toy\"\n[axes]\nx = [1, 2, 3]\n[worker]\ncommand = [\"sh\", \"-c\", "
    "\"read line < go$1; if [ $1 = 2 ]; then echo flat >&2; exit 3; fi\", \"sh\", \"{x}\"]\n";

class GatedDesk : public Desk {
 public:
  GatedDesk() : Desk(kSpec) {
    for (int run = 1; run <= 3; ++run) mkfifo(Gate(run).c_str(), 0600);
  }

  /// Lets a run go on, once it waits.
  bool LetGo(int run) const {
    return Within(20'000, [&] {
      const UniqueFd gate(open(Gate(run).c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
      return gate.valid() && write(gate.get(), "\n", 1) == 1;
    });
  }

 private:
  std::string Gate(int run) const { return (folder() / ("go" + std::to_string(run))).string(); }
};

/// Times and speeds are no two times the same.
std::string Timeless(std::string text) {
  text = std::regex_replace(text, std::regex("[0-9.]+ runs/min"), "# runs/min");
  return std::regex_replace(text, std::regex("\\b[0-9.]+(ms|s|m [0-9]+s)\\b"), "#s");
}

void CheckGolden(const std::string& name, const std::string& text) {
  testing::CheckGolden(SWEEPFORMER_SOURCE_DIR "/tools/testdata/screen/" + name + ".txt", text);
}

}  // namespace

TEST_CASE("a screen shows what a terminal would", "[screen]") {
  Screen screen(5);
  screen.Write("abc\rx\x1b[K\r\nlonger\r\n");
  CHECK(screen.Text() == "x\nlonge\nr\n");
}

TEST_CASE("on a terminal one line moves and failures stay above it", "[screen]") {
  if (!sweepformer::testing::CanOpenTerminals()) return;
  GatedDesk desk;
  desk.prefix = "TERM=xterm";
  Terminal terminal(desk.Command("run s.toml -j 1"), 80);
  std::string frames;
  int run = 0;
  for (const std::string moment : {"0/3 done, 1 running", "1/3 done, 1 running", "1 failed"}) {
    REQUIRE(terminal.Shows(moment));
    frames += Timeless(terminal.screen().Text()) + "----\n";
    REQUIRE(desk.LetGo(++run));
  }
  CHECK(terminal.Finish() == 1);
  CheckGolden("moving", frames + Timeless(terminal.screen().Text()));
}

TEST_CASE("a narrow terminal cuts the line that moves, also once it is made narrow", "[screen]") {
  if (!sweepformer::testing::CanOpenTerminals()) return;
  GatedDesk desk;
  desk.prefix = "TERM=xterm";
  Terminal terminal(desk.Command("run s.toml -j 1"), 40);
  REQUIRE(terminal.Shows("0/3 done, 1 running, 2 left"));
  terminal.Resize(24);
  REQUIRE(desk.LetGo(1));
  REQUIRE(terminal.Shows("1/3 done, 1 running"));
  CHECK(terminal.screen().Text() == "1/3 done, 1 running, 1\n");
  REQUIRE(desk.LetGo(2));
  REQUIRE(desk.LetGo(3));
  CHECK(terminal.Finish() == 1);
}

TEST_CASE(
    "a dumb terminal, or one without a name, gets the lines of a pipe and no control sequence",
    "[screen]") {
  if (!sweepformer::testing::CanOpenTerminals()) return;
  for (const std::string environment : {"TERM=dumb", "TERM="}) {
    GatedDesk desk;
    desk.prefix = environment;
    Terminal terminal(desk.Command("run s.toml -j 1"), 200);
    for (int run = 1; run <= 3; ++run) REQUIRE(desk.LetGo(run));
    CHECK(terminal.Finish() == 1);
    INFO(environment);
    CHECK(terminal.bytes().find('\x1b') == std::string::npos);
    CheckGolden("plain", Timeless(terminal.screen().Text()));
  }
}

TEST_CASE("without a terminal there is a line per run", "[screen]") {
  const GatedDesk desk;
  const pid_t pid = desk.Start("run s.toml -j 1");
  for (int run = 1; run <= 3; ++run) REQUIRE(desk.LetGo(run));
  int status = 0;
  waitpid(pid, &status, 0);
  CHECK(WEXITSTATUS(status) == 1);
  CheckGolden("plain", Timeless(ReadFile(desk.folder() / "err").value() +
                                ReadFile(desk.folder() / "out").value()));
}

TEST_CASE("nothing is coloured, with NO_COLOR or without", "[screen]") {
  if (!sweepformer::testing::CanOpenTerminals()) return;
  for (const std::string environment : {"TERM=xterm-256color", "TERM=xterm-256color NO_COLOR=1"}) {
    for (const std::string command : {"plan s.toml", "status", "-h", "doctor"}) {
      Desk desk(kSpec);
      desk.prefix = environment;
      Terminal terminal(desk.Command(command), 80);
      terminal.Finish();
      INFO(command);
      CHECK_FALSE(terminal.bytes().empty());
      CHECK(terminal.bytes().find('\x1b') == std::string::npos);
    }
  }
}
