#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "orchestrator/core/file.h"

namespace sweepformer::testing {

/// Checks that `text` is what `file` holds. With SWEEPFORMER_GOLDEN=write in the environment the
/// file is written anew and passes: look at the difference before it is committed.
inline void CheckGolden(const std::filesystem::path& file, const std::string& text) {
  INFO(file.string());
  const char* mode = std::getenv("SWEEPFORMER_GOLDEN");
  if (mode && std::string(mode) == "write") REQUIRE(WriteFileAtomic(file, text).ok());
  const auto golden = ReadFile(file);
  CHECK(golden.ok());
  if (golden.ok()) CHECK(text == *golden);
}

}  // namespace sweepformer::testing
