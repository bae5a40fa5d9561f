#pragma once

#include <span>
#include <string_view>

#include "orchestrator/core/status.h"
#include "orchestrator/sql/connection.h"

namespace sweepformer {

/// In the header of every store ("SWFP"), so that no other program's database is taken for one.
inline constexpr int kApplicationId = 0x53574650;

/// One step from a version of the schema to the next.
struct Migration {
  std::string_view what;
  Status (*apply)(Connection&);
};

/// The steps in order: step i leads from version i to i + 1, an empty file being version 0. What is
/// released is never changed, only added to (SCHEMA.md).
std::span<const Migration> Migrations();

/// Makes a store of an empty file or brings an older one up to date, all steps in one transaction.
/// IoError, and nothing is written, for another program's database and for a store newer than the
/// last step.
Status MigrateSchema(Connection& connection, std::span<const Migration> steps = Migrations());

/// IoError unless the schema is the one this program reads.
Status CheckSchema(const Connection& connection, std::span<const Migration> steps = Migrations());

}  // namespace sweepformer
