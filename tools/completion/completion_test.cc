#include <catch2/catch.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "tools/completion/offers.h"
#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::cli;
using sweepformer::testing::Desk;
using Words = std::vector<std::string>;

namespace {

const std::string kSpec =
    "spec = 1\nname = \"toy\"\nabout = \"a toy: of course\"\n[base]\nsize = 7\n[axes]\n"
    "shape = [\"round\", \"square\"]\n[repeat]\nseeds = [1, 2]\n[worker]\n"
    "command = [\"sh\", \"-c\", \"sweepformer emit weight={size}\", \"{shape}\"]\n";

/// The words offered for a command line of which the last word is being typed.
Words Offered(const Words& line) {
  Words words;
  const Offers offers = OffersFor(FindSlot(line));
  for (const Offer& offer : offers.words) words.push_back(offer.word);
  if (!offers.directive.empty()) words.push_back(offers.directive);
  return words;
}

Words Sorted(const std::string& lines) {
  std::istringstream in(lines);
  std::multiset<std::string> sorted;
  for (std::string line; std::getline(in, line);) sorted.insert(line);
  return {sorted.begin(), sorted.end()};
}

/// A desk with a store in which the toy has run.
class ToyDesk : public Desk {
 public:
  ToyDesk() : Desk(kSpec) { REQUIRE(Call("run s.toml").exit_code == 0); }

  Words Complete(const std::string& words) const {
    const auto answer = Call("complete -- " + words);
    CHECK(answer.err == "");
    return Sorted(std::regex_replace(answer.out, std::regex("\t.*"), ""));
  }

  /// What `script`, run by `shell` with sweepformer in the PATH, prints.
  Words Shell(const std::string& shell, const std::string& script) const {
    std::ofstream(folder() / "script") << script;
    const std::string call = "cd '" + folder().path().string() +
                             "' && XDG_CACHE_HOME=$PWD/cache HOME=$PWD PATH=" SWEEPFORMER_BIN_DIR
                             ":$PATH " +
                             shell + " script >out 2>err";
    CHECK(std::system(call.c_str()) == 0);
    CHECK(ReadFile(folder() / "err").value() == "");
    return Sorted(ReadFile(folder() / "out").value());
  }
};

bool IsHere(const std::string& shell) {
  if (std::system(("command -v " + shell + " >/dev/null").c_str()) == 0) return true;
  WARN(shell << " is not installed; its completion is not tested");
  return false;
}

Words Bash(const ToyDesk& desk, const std::string& words) {
  return desk.Shell("bash", "source <(sweepformer completion bash)\nCOMP_WORDS=(sweepformer " +
                                words +
                                ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_sweepformer "
                                "sweepformer\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
}

/// zsh's own part, the menu, is replaced by one that prints.
Words Zsh(const ToyDesk& desk, const std::string& before, const std::string& prefix) {
  return desk.Shell("zsh -f",
                    "source <(sweepformer completion zsh)\n"
                    "_describe() { print -rl -- ${(P)2} }\n_files() { print -r -- _files $@ }\n"
                    "words=(sweepformer " +
                        before + ")\nCURRENT=$(($#words + 1))\nPREFIX='" + prefix +
                        "'\nwords+=(\"$PREFIX\")\n_sweepformer\ntrue\n");
}

Words Fish(const ToyDesk& desk, const std::string& line) {
  return desk.Shell("fish --no-config", "sweepformer completion fish | source\ncomplete -C '" +
                                            line + "' | string replace -r '\\t.*' ''\ntrue\n");
}

}  // namespace

TEST_CASE("a slot is what the words before it leave open", "[completion]") {
  CHECK(FindSlot({}).kind == "COMMAND");
  CHECK(FindSlot({"pl"}).typed == "pl");
  CHECK(FindSlot({"help", "r"}).kind == "COMMAND");
  CHECK(FindSlot({"run", ""}).kind == "SPEC");
  CHECK(FindSlot({"run", "x.toml", ""}).kind == "OPTION");
  CHECK(FindSlot({"run", "-j", "2", ""}).kind == "SPEC");
  CHECK(FindSlot({"run", "--json", ""}).kind == "SPEC");
  CHECK(FindSlot({"run", "x.toml", "--set", "a"}).kind == "K=V");
  CHECK(FindSlot({"run", "x.toml", "--store=a", "--ax"}).kind == "OPTION");
  CHECK(FindSlot({"run", "--", "-x"}).kind == "SPEC");
  CHECK(FindSlot({"nonsense", ""}).kind == "");
  const Slot store = FindSlot({"status", "--store=a.d"});
  CHECK(store.kind == "DB");
  CHECK(store.head == "--store=");
  CHECK(store.typed == "a.d");
  CHECK(FindSlot({"run", "x.toml", "--store", "s.db", "--only", ""}).before.Text("store") ==
        "s.db");
  CHECK(FindSlot({"run", "x.toml", ""}).before.Text("SPEC") == "x.toml");
}

TEST_CASE("commands, options and choices come from the tables", "[completion]") {
  CHECK(Offered({"pl"}) == Words{"plan"});
  CHECK(Offered({"compl"}) == Words{"completion"});
  CHECK(Offered({"help", "sta"}) == Words{"status"});
  CHECK(Offered({"man", "sta"}) == Words{"status"});
  CHECK(Offered({"--v"}) == Words{"--version"});
  CHECK(Offered({"run", "--retry"}) == Words{"--retry-failed"});
  CHECK(Offered({"run", "--seeds", "1", "--se"}) == Words{"--set"});
  CHECK(Offered({"compare", "x", "--format", ""}) == Words{"table", "csv", "json", "md", "latex"});
  CHECK(Offered({"compare", "x", "--format=j"}) == Words{"--format=json"});
  CHECK(Offered({"data", "in"}) == Words{"inspect"});
  CHECK(Offered({"data", "inspect", "syn"}) == Words{"synthetic-reviews"});
  CHECK(Offered({"completion", "z"}) == Words{"zsh"});
}

TEST_CASE("named queries and their parameters are offered", "[completion]") {
  CHECK(Offered({"query", "--name", "best"}) == Words{"best-cells"});
  CHECK(Offered({"query", "--name", "best-cells", "--param", "m"}) == Words{"metric=", "most="});
  CHECK(Offered({"query", "--param", ""}).empty());
  CHECK(Offered({"query", "--file", ""}) == Words{":files"});
  CHECK(Offered({"export", "x", ""}) == Words{":folders"});
}

TEST_CASE("files are left to the shell", "[completion]") {
  CHECK(Offered({"run", ""}) == Words{":files .toml"});
  CHECK(Offered({"run", "x.toml", "--data", ""}) == Words{":folders"});
  CHECK(Offered({"status", "--store", ""}) == Words{":files"});
  CHECK(Offered({"run", "x.toml", "--only", ""}).empty());
}

TEST_CASE("every argument in the tables is known to the completion", "[completion]") {
  for (const Command& command : Commands()) {
    for (const OptionSpec& option : command.options) {
      INFO(command.name << " --" << option.name);
      CHECK((option.argument.empty() || !option.choices.empty() || IsKnownKind(option.argument)));
    }
    for (const PositionalSpec& positional : command.positionals) {
      INFO(command.name << " " << positional.name);
      CHECK((!positional.choices.empty() || IsKnownKind(positional.name)));
    }
  }
}

TEST_CASE("the store and the spec on the line are asked, without a trace", "[completion]") {
  const ToyDesk desk;
  const std::string list = "find . ! -name out ! -name err | sort";
  const Words before = desk.Shell("sh", list);
  CHECK(desk.Complete("status ''") == Words{"toy"});
  CHECK(desk.Complete("status nosuch").empty());
  REQUIRE(desk.Complete("show ''").size() == 4);
  const std::string id = desk.Complete("show ''").front();
  CHECK(id.size() == 12);
  CHECK(desk.Complete("why " + id.substr(0, 6)) == Words{id});
  CHECK(desk.Complete("why " + id).front().size() == 32);
  CHECK(desk.Complete("compare toy --metric ''") == Words{"weight"});
  CHECK(desk.Complete("compare toy --by ''") == Words{"shape", "size"});
  CHECK(desk.Complete("compare toy --by size,") == Words{"size,shape"});
  CHECK(desk.Complete("run s.toml --axis ''") == Words{"shape=", "size="});
  CHECK(desk.Complete("run s.toml --axis shape=") == Words{"shape=round", "shape=square"});
  CHECK(desk.Complete("run s.toml --axis=shape=round,s") == Words{"--axis=shape=round,square"});
  CHECK(desk.Complete("plan nosuch.toml --set foo=").empty());
  CHECK(desk.Complete("status --store nosuch.db ''").empty());
  CHECK(desk.Complete("status --store s.toml ''").empty());
  CHECK(desk.Shell("sh", list) == before);
}

TEST_CASE("of a worker that describes itself, what it declares is offered", "[completion]") {
  Desk desk("spec = 1\nname = \"own\"\n");
  WorkerDescription description;
  description.worker = "own";
  description.version = "1";
  description.parameters.emplace_back().name = "depth";
  sweepformer::testing::UseWorker(desk, "", description);
  REQUIRE(desk.Call("plan s.toml").exit_code == 0);
  CHECK_THAT(desk.Call("complete -- run s.toml --set ''").out,
             Catch::StartsWith("depth=") && !Catch::Contains("dataset"));
}

TEST_CASE("bash completes", "[completion]") {
  if (!IsHere("bash")) return;
  const ToyDesk desk;
  CHECK(Bash(desk, "stat") == Words{"status"});
  CHECK(Bash(desk, "status ''") == Words{"toy"});
  CHECK(Bash(desk, "status --store '~/sweepformer.db' ''") == Words{"toy"});
  CHECK(Bash(desk, "run ''") == Words{"s.toml"});
  CHECK(Bash(desk, "run s.toml --axis shape =") == Words{"round", "square"});
  CHECK(Bash(desk, "run s.toml --axis shape = round,") == Words{"round,square"});
  CHECK(Bash(desk, "run s.toml --axis sh") == Words{"shape="});
  CHECK(Bash(desk, "status --store = sweepformer.db") ==
        Words{"sweepformer.db", "sweepformer.db.lock"});
}

TEST_CASE("bash is given names with blanks as it reads them", "[completion]") {
  if (!IsHere("bash")) return;
  ToyDesk desk;
  desk.WriteSpec(std::regex_replace(kSpec, std::regex("name = \"toy\""), "name = \"lr study\""));
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  CHECK(Bash(desk, "status lr") == Words{"lr\\ study"});
  CHECK(Bash(desk, "status 'lr\\ s'") == Words{"lr\\ study"});
}

TEST_CASE("zsh completes", "[completion]") {
  if (!IsHere("zsh")) return;
  const ToyDesk desk;
  CHECK(Zsh(desk, "", "stat") ==
        Words{"status:How far each sweep of the store is, and what failed."});
  CHECK(Zsh(desk, "status", "") == Words{"toy:a toy: of course"});
  CHECK(Zsh(desk, "run s.toml --axis", "shape=") == Words{"shape=round:", "shape=square:"});
  CHECK(Zsh(desk, "run", "") == Words{"_files -g *.toml"});
  CHECK(Zsh(desk, "plan s.toml --data", "") == Words{"_files -/"});
}

TEST_CASE("fish completes", "[completion]") {
  if (!IsHere("fish")) return;
  const ToyDesk desk;
  CHECK(Fish(desk, "sweepformer stat") == Words{"status"});
  CHECK(Fish(desk, "sweepformer status ") == Words{"toy"});
  CHECK(Fish(desk, "sweepformer run s.toml --axis shape=") == Words{"shape=round", "shape=square"});
  CHECK(Fish(desk, "sweepformer run s.t") == Words{"s.toml"});
}
