#include "tools/worker/termination.h"

#include <csignal>

namespace sweepformer::worker {
namespace {

volatile std::sig_atomic_t came = 0;

void Note(int) { came = 1; }

}  // namespace

bool Termination::asked() {
  if (listening_) return came != 0;
  came = 0;
  struct sigaction action {};
  action.sa_handler = Note;
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, nullptr);
  listening_ = true;
  return false;
}

Termination::~Termination() {
  if (listening_) std::signal(SIGTERM, SIG_DFL);
}

void Termination::GiveIn() {
  std::signal(SIGTERM, SIG_DFL);
  std::raise(SIGTERM);
}

}  // namespace sweepformer::worker
