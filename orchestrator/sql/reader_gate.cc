#include "orchestrator/sql/reader_gate.h"

#include <fcntl.h>

namespace sweepformer {
namespace {

/// Where SQLite's locks lie (its file format, "the lock-byte page").
constexpr off_t kPendingByte = 0x40000000;

void Lock(int fd, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = kPendingByte;
  lock.l_len = 1;
  fcntl(fd, F_OFD_SETLK, &lock);  // the descriptor's, so that SQLite does not give it up
}

}  // namespace

ReaderGate::Hold::Hold(ReaderGate& gate, const std::filesystem::path& database) : gate_(gate) {
  gate_.fd_ = UniqueFd(open(database.c_str(), O_RDONLY | O_CLOEXEC));
  if (gate_.fd_.valid()) Lock(gate_.fd_.get(), F_RDLCK);
}

ReaderGate::Hold::~Hold() {
  if (gate_.fd_.valid()) Lock(gate_.fd_.get(), F_UNLCK);
}

}  // namespace sweepformer
