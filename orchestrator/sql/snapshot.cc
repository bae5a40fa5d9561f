#include "orchestrator/sql/snapshot.h"

#include <utility>

namespace sweepformer {

Result<Snapshot> Snapshot::Take(const Connection& connection) {
  SF_ASSIGN(Statement begin, connection.Prepare("BEGIN"));
  SF_TRY(begin.Run());
  return Snapshot(connection);
}

Snapshot::Snapshot(Snapshot&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Snapshot::~Snapshot() {
  if (!connection_) return;
  auto end = connection_->Prepare("ROLLBACK");
  if (end.ok()) (void)end->Run();
}

}  // namespace sweepformer
