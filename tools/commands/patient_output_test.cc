#include "tools/commands/patient_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <optional>

namespace sweepformer::cli {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
    read = UniqueFd(ends[0]);
    write = UniqueFd(ends[1]);
  }

  std::string Take(std::size_t most) const {
    std::string text(most, '\0');
    const ssize_t size = ::read(read.get(), text.data(), text.size());
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

  UniqueFd read, write;
};

TEST_CASE("a pipe that nobody reads does not stop its writer, and loses nothing", "[screen]") {
  const Pipe pipe;
  std::string written, taken;
  {
    PatientOutput output(pipe.write.get());
    for (int i = 0; i < 30'000; ++i) {  // over twice what a pipe holds
      const std::string line = std::to_string(i) + "\n";
      output.Write(line);
      written += line;
    }
    while (taken.size() < written.size()) {
      const std::string part = pipe.Take(1 << 16);
      REQUIRE_FALSE(part.empty());
      taken += part;
      output.Write("");
    }
  }
  CHECK(taken == written);
  CHECK((fcntl(pipe.write.get(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("what nobody ever reads is dropped beyond a bound", "[screen]") {
  const Pipe pipe;
  const std::string line(1000, 'x');
  std::optional<PatientOutput> output(pipe.write.get());
  for (int i = 0; i < 3000; ++i) output->Write(line);
  CHECK(pipe.Take(1000) == line);
  output.reset();  // in a second, and not never
}

}  // namespace
}  // namespace sweepformer::cli
