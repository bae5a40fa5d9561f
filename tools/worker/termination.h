#pragma once

namespace sweepformer::worker {

/// SIGTERM, once there is something to write down before the end. One at a time.
class Termination {
 public:
  Termination() = default;
  ~Termination();
  Termination(const Termination&) = delete;
  Termination& operator=(const Termination&) = delete;

  /// Whether SIGTERM came since this was first asked. Before, it ends the process as it does by
  /// itself.
  bool asked();

  /// Ends the process by SIGTERM.
  static void GiveIn();

 private:
  bool listening_ = false;
};

}  // namespace sweepformer::worker
