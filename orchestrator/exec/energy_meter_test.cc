#include "orchestrator/exec/energy_meter.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "orchestrator/core/testing.h"

using namespace sweepformer;
using sweepformer::testing::TempFolder;

namespace {

void Write(const TempFolder& folder, const std::string& domain, const std::string& file,
           const std::string& text) {
  std::filesystem::create_directories(folder / domain);
  std::ofstream(folder / domain / file) << text << "\n";
}

/// A domain of RAPL whose counter begins anew after 1,000,000 µJ.
void MakeDomain(const TempFolder& folder, const std::string& domain, const std::string& name) {
  Write(folder, domain, "name", name);
  Write(folder, domain, "energy_uj", "900000");
  Write(folder, domain, "max_energy_range_uj", "1000000");
}

}  // namespace

TEST_CASE("the energy of all packages is added up, over their counters' ends", "[energy]") {
  const TempFolder folder;
  MakeDomain(folder, "intel-rapl:0", "package-0");
  MakeDomain(folder, "intel-rapl:1", "package-1");
  MakeDomain(folder, "intel-rapl:2", "psys");  // has the packages in it
  CHECK(EnergyPackages(folder / "").size() == 2);
  EnergyMeter meter(EnergyPackages(folder / ""));
  CHECK(meter.Joules() == 0);
  Write(folder, "intel-rapl:0", "energy_uj", "950000");
  Write(folder, "intel-rapl:1", "energy_uj", "100000");
  CHECK(meter.Joules().value() == Approx(0.05 + 0.2));
}

TEST_CASE("without counters there is no figure", "[energy]") {
  const TempFolder folder;
  CHECK(EnergyPackages(folder / "").empty());
  CHECK_FALSE(EnergyMeter(EnergyPackages(folder / "")).Joules().has_value());
  MakeDomain(folder, "intel-rapl:0", "package-0");
  EnergyMeter meter(EnergyPackages(folder / ""));
  std::filesystem::remove(folder / "intel-rapl:0/energy_uj");
  CHECK_FALSE(meter.Joules().has_value());
}
