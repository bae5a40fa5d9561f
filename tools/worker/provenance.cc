#include "tools/worker/provenance.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/platform.h"
#include "tools/version.h"

namespace sweepformer::worker {
namespace {

std::string HostName() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

/// The value of the first "model name : x" line, or "" where the kernel gives none.
std::string CpuModel() {
  std::ifstream cpus("/proc/cpuinfo");
  for (std::string line; std::getline(cpus, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "";
}

}  // namespace

std::string BuildId() { return fmt::format("{}, g++ {}", kVersion, __VERSION__); }

std::string PlatformText() {
  const model::Platform platform = model::DescribePlatform();
  return fmt::format("LibTorch {}, {}, oneDNN {}, {}, {}", platform.libtorch, platform.blas,
                     platform.onednn, platform.cpu_capability, platform.cuda ? "CUDA" : "no CUDA");
}

std::string ProvenanceJson() {
  const model::Platform platform = model::DescribePlatform();
  return nlohmann::ordered_json{{"libtorch", platform.libtorch},
                                {"blas", platform.blas},
                                {"onednn", platform.onednn},
                                {"cpu_capability", platform.cpu_capability},
                                {"cpu", CpuModel()},
                                {"threads", platform.threads},
                                {"blas_threads", platform.blas_threads},
                                {"cuda", platform.cuda},
                                {"host", HostName()},
                                {"build", BuildId()}}
      .dump();
}

}  // namespace sweepformer::worker
