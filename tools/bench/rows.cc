#include "tools/bench/rows.h"

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

namespace sweepformer::bench {

void AppendRow(const std::string& bench, const Row& row) {
  const char* file = std::getenv("SWEEPFORMER_BENCH_ROWS");
  if (file == nullptr) return;
  nlohmann::ordered_json json = {{"bench", bench},   {"what", row.what}, {"unit", row.unit},
                                 {"ours", row.ours}, {"rival", nullptr}, {"rival_name", nullptr},
                                 {"ratio", nullptr}, {"q1", nullptr},    {"q3", nullptr},
                                 {"target", nullptr}};
  if (row.rival) {
    json["rival"] = *row.rival;
    json["rival_name"] = row.rival_name;
    json["ratio"] = json["q1"] = json["q3"] = row.ours / *row.rival;
  }
  if (!row.target.empty()) json["target"] = row.target;
  std::ofstream(file, std::ios::app) << json.dump() << "\n";
}

}  // namespace sweepformer::bench
