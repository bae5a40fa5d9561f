// Workers that break the protocol in every way we know of: it hurts their own run only.
#include <map>

#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

/// By kind, $1. Descriptor 3 takes events; what follows comes on top.
constexpr const char* kHostile = R"(case $1 in
fine) ;;
binary) head -c 300000 /dev/urandom >&3; echo >&3 ;;
long) head -c 40000000 /dev/zero >&3; echo >&3 ;;
cut) printf '{"event":"metric","name":"z","va' >&3; exit 0 ;;
words) echo '{"event":"metric","name":"z","value":"many"}' >&3
  echo '{"event":"metric","name":"z","value":[1,2]}' >&3
  echo '{"event":"metric","name":7,"value":7}' >&3
  echo '{"event":"metric","name":"z","value":1,"step":"first"}' >&3 ;;
huge) echo '{"event":"metric","name":"z","value":1e999}' >&3
  echo '{"event":"metric","name":"z","value":1,"step":99999999999999999999}' >&3 ;;
deep) head -c 900000 /dev/zero | tr '\0' '[' >&3; echo >&3 ;;
nested) { printf '{"event":"config","parameters":{},"provenance":{"a":'
  head -c 200000 /dev/zero | tr '\0' '['; head -c 200000 /dev/zero | tr '\0' ']'
  echo '}}'; } >&3 ;;
nan) sweepformer emit z=nan loss=nan --step 1; sweepformer emit z=nan ;;
zero) printf '{"event":"metric","name":"a\\u0000b","value":1}\n' >&3 ;;
latin) printf '{"event":"metric","name":"caf\351","value":1}\n' >&3 ;;
column) echo '{"event":"metric","name":"State","value":1}' >&3 ;;
many) i=0; while [ $i -lt 3000 ]; do
  echo "{\"event\":\"metric\",\"name\":\"m$i\",\"value\":$i}"; i=$((i+1)); done >&3 ;;
flood) yes '{"event":"metric","name":"z","value":1,"step":1}' | head -n 20000 >&3 ;;
after) (sleep 0.3; sweepformer emit z=5) & ;;
closed) exec 3>&- ;;
unknown) { printf '{"event":"'; head -c 900000 /dev/zero | tr '\0' x; echo '"}'; } >&3 ;;
speech) { printf '{"event":"error","message":"'; head -c 900000 /dev/zero | tr '\0' x; echo '"}'; } >&3 ;;
hello) echo '{"event":"hello","protocol":99,"worker":"x","version":"y"}' >&3 ;;
esac
sweepformer emit y=1
)";

constexpr const char* kKinds =
    "fine binary long cut words huge deep nested nan zero latin column many flood after closed "
    "hello unknown speech";

Desk HostileDesk() {
  std::string axis;
  std::istringstream kinds(kKinds);
  for (std::string kind; kinds >> kind;) axis += (axis.empty() ? "[\"" : ", \"") + kind + '"';
  return Desk("spec = 1\nname = \"toy\"\n[axes]\nkind_ = " + axis +
              "]\n[worker]\ncommand = [\"sh\", \"hostile.sh\", \"{kind_}\"]\nfiles = "
              "[\"hostile.sh\"]\n");
}

}  // namespace

TEST_CASE("hostile output hurts only the run whose worker wrote it", "[hostile]") {
  const Desk desk = HostileDesk();
  std::ofstream(desk.folder() / "hostile.sh") << kHostile;
  const Output run = desk.Call("run s.toml -j 3");
  INFO(run.err);
  CHECK(run.exit_code == 1);
  const auto failed = desk.Query(
      "SELECT group_concat(kind_, ' ') FROM (SELECT kind_ FROM runs WHERE "
      "state <> 'succeeded' ORDER BY kind_)");
  CHECK(failed == "column speech zero");
  const auto noted = desk.Query(
      "SELECT group_concat(kind_, ' ') FROM (SELECT kind_ FROM runs JOIN "
      "attempts ON run = id WHERE note IS NOT NULL ORDER BY kind_)");
  CHECK(noted == "binary cut deep huge long many nested unknown words");
  CHECK(desk.Query("SELECT count(*) FROM runs WHERE state = 'succeeded' AND y = 1") == "15");
  CHECK(desk.Query("SELECT y IS NULL, z IS NULL FROM runs WHERE kind_ = 'cut'") == "1,1");
  CHECK(desk.Query("SELECT z FROM runs WHERE kind_ = 'after'") == "5");
  CHECK(desk.Query("SELECT max(length(note)) < 1000 AND max(length(error)) < 5000 FROM attempts") ==
        "1");
  CHECK(desk.Query("SELECT count(*) FROM history WHERE metric = 'z' AND is_nan") == "2");
}
