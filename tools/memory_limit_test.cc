// Limits on memory as their users meet them.
#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

/// A run that wants some 60 MB and is given 24 MiB, three times as much after each failure.
std::string HungrySpec(int attempts) {
  return "spec = 1\nname = \"hungry\"\n[axes]\na = [1]\n[worker]\ncommand = [\"sh\", \"-c\", "
         "\"x=$(head -c 60000000 /dev/zero | tr '\\\\0' x); sleep 0.3; test -n \\\"$x\\\"\"]\n"
         "[limits]\nmem = \"24MiB\"\n[retry]\nmem_factor = 3\nattempts = " +
         std::to_string(attempts) + "\n";
}

}  // namespace

TEST_CASE("a run that ran out of memory is tried again with more", "[memory]") {
  const Desk desk(HungrySpec(5));
  CHECK(desk.Call("run s.toml").exit_code == 0);
  CHECK(desk.Query("SELECT state FROM runs") == "succeeded");
  CHECK(desk.Query("SELECT outcome FROM attempts WHERE number = 1") == "out_of_memory");
  CHECK_THAT(desk.Query("SELECT error FROM attempts WHERE number = 1"),
             Catch::Contains("out of memory: its limit is 24.0 MiB and it had reached "));
  CHECK(desk.Query("SELECT count(*) FROM attempts WHERE outcome NOT IN ('out_of_memory', "
                   "'completed')") == "0");
}

TEST_CASE("a launch remembers which runs ran out of memory in one before", "[memory]") {
  const Desk desk(HungrySpec(1));
  CHECK(desk.Call("run s.toml").exit_code == 1);
  desk.Call("run s.toml --retry-failed");
  CHECK(desk.Query("SELECT json_extract(resources_json, '$.mem') / 1048576 FROM attempts "
                   "ORDER BY number") == "24\n72");
}
