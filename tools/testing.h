#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <string>

#include "orchestrator/core/file.h"
#include "orchestrator/core/testing.h"
#include "orchestrator/exec/description_json.h"

/// What the end-to-end tests share: the program as its users call it.
namespace sweepformer::testing {

/// The rest of a [base] section whose trainings take a moment.
inline const std::string kSmallTraining = R"(dataset = "synthetic-reviews"
input = "title"
max_length = 16
d_model = 16
d_ff = 32
layers = 1
heads = 2
)";

/// How a call ended and what it printed.
struct Output {
  int exit_code = -1;
  std::string out;
  std::string err;
};

/// A folder with a spec, in which sweepformer is called.
class Desk {
 public:
  explicit Desk(const std::string& spec) { WriteSpec(spec); }

  void WriteSpec(const std::string& spec) { std::ofstream(folder_ / "s.toml") << spec; }

  std::string Command(const std::string& arguments) const {
    return "cd '" + folder_.path().string() + "' && XDG_CACHE_HOME=$PWD/cache " + prefix +
           " exec " SWEEPFORMER_BIN_DIR "/sweepformer " + arguments;
  }

  Output Call(const std::string& arguments) const {
    const std::string command = Command(arguments) + " >out 2>err </dev/null";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadFile(folder_ / "out").value(),
            ReadFile(folder_ / "err").value()};
  }

  /// Started in the background; its pid.
  pid_t Start(const std::string& arguments) const {
    const std::string command = Command(arguments) + " >out 2>err </dev/null";
    const pid_t pid = fork();
    if (pid == 0) {
      execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      _exit(127);
    }
    return pid;
  }

  std::string Query(const std::string& sql) const {
    const Output answer = Call("query --format csv \"" + sql + "\"");
    CHECK(answer.exit_code == 0);
    const std::size_t header = answer.out.find('\n');
    return answer.out.substr(header + 1, answer.out.size() - header - 2);
  }

  bool Exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }
  const TempFolder& folder() const { return folder_; }

  std::string prefix;  ///< environment for the calls

 private:
  TempFolder folder_;
};

/// A sweep over `x` and two seeds whose worker is a shell script; $1 is x, $2 the seed.
inline std::string ShellSpec(const std::string& script, const std::string& axis = "[1, 2, 3]",
                             const std::string& name = "toy") {
  return "spec = 1\nname = \"" + name + "\"\n[axes]\nx = " + axis +
         "\n[repeat]\nseeds = [1, 2]\n[worker]\ncommand = [\"sh\", \"-c\", '''" + script +
         "''', \"sh\", \"{x}\", \"{seed}\"]\n";
}

/// A script that reports one figure.
inline const std::string kReport = "sweepformer emit y=$(( $1 * 10 + $2 ))";

/// Of a worker named toy with the parameters that name data of ours.
inline WorkerDescription ToyDescription() {
  WorkerDescription description;
  description.worker = "toy";
  description.version = "1";
  const auto add = [&](const char* name, ParameterType type, Value value) {
    ParameterSpec parameter;
    parameter.name = name;
    parameter.type = type;
    parameter.default_value = std::move(value);
    description.parameters.push_back(std::move(parameter));
  };
  add("dataset", ParameterType::kText, "synthetic-reviews");
  description.parameters.back().choices = {"synthetic-reviews", "blitzer", "amazon-polarity"};
  add("domain", ParameterType::kText, "all");
  add("rows", ParameterType::kInteger, std::int64_t{100});
  add("data_path", ParameterType::kText, {});
  return description;
}

/// Puts a shell script on the desk that is used in place of the built-in worker: it describes
/// itself, and runs `body`.
inline void UseWorker(Desk& desk, const std::string& body,
                      const WorkerDescription& description = ToyDescription()) {
  std::ofstream(desk.folder() / "worker")
      << "#!/bin/sh\nif [ \"$1\" = --describe ]; then cat <<'END'\n"
      << FormatDescription(description) << "END\nexit; fi\n"
      << body << "\n";
  std::filesystem::permissions(desk.folder() / "worker", std::filesystem::perms::owner_all);
  desk.prefix = "SWEEPFORMER_WORKER=./worker";
}

/// The exit code of a process that was started, or minus the signal that ended it.
inline int WaitFor(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace sweepformer::testing
