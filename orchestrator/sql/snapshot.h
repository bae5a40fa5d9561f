#pragma once

#include "orchestrator/core/status.h"
#include "orchestrator/sql/connection.h"

namespace sweepformer {

/// Keeps a connection's reads at one state of the store, whatever is written meanwhile. The
/// connection must outlive it and be in no transaction.
class Snapshot {
 public:
  static Result<Snapshot> Take(const Connection& connection);
  Snapshot(Snapshot&& other) noexcept;
  Snapshot& operator=(Snapshot&&) = delete;
  ~Snapshot();

 private:
  explicit Snapshot(const Connection& connection) : connection_(&connection) {}

  const Connection* connection_;
};

}  // namespace sweepformer
