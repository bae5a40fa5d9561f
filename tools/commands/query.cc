#include "results/query.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <iostream>

#include "results/store.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"

namespace sweepformer::cli {
namespace {

Result<int> RunQueryCommand(const Arguments& arguments) {
  SF_ASSIGN(const TableFormat format, ParseTableFormat(arguments.Text("format").value_or("table")));
  SF_ASSIGN(const ResultStore store, ResultStore::OpenReadOnly(StorePath(arguments)));
  const std::unique_ptr<RowWriter> writer = MakeRowWriter(format, std::cout);
  SF_TRY(RunQuery(store.connection(), *arguments.Text("SQL"), *writer));
  if (std::cout.flush()) return kExitOk;
  return IoError(fmt::format("standard output cannot be written: {}", std::strerror(errno)));
}

}  // namespace

Command QueryCommand() {
  Command command;
  command.name = "query";
  command.about = "Runs one SELECT over the store; nothing can be written.";
  command.positionals = {{"SQL"}};
  command.options = {StoreOption(), FormatOption()};
  command.examples = {
      {"sweepformer query \"SELECT * FROM cells WHERE sweep = 'demo'\"",
       "n, mean and sd of every metric, cell by cell"},
      {"sweepformer query \"SELECT step, value FROM history WHERE run LIKE '3fa9%'\" --format csv",
       "a learning curve for a spreadsheet"},
      {"sweepformer query \"SELECT run, outcome, error FROM attempts WHERE outcome <> "
       "'completed'\"",
       "what went wrong"}};
  command.details =
      "Views: runs (one row per sweep and run), cells (statistics over seeds), attempts, history.\n"
      "results/SCHEMA.md describes their columns. Text is written in single quotes. NaN is NULL, "
      "as\n"
      "in SQLite. A query without rows is a success.";
  command.run = RunQueryCommand;
  return command;
}

}  // namespace sweepformer::cli
