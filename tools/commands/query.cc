#include "results/query.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <map>

#include "orchestrator/core/file.h"
#include "orchestrator/core/suggest.h"
#include "results/named_queries.h"
#include "results/store.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/commands.h"
#include "tools/commands/common.h"

namespace sweepformer::cli {
namespace {

using Texts = std::map<std::string, std::string>;

/// What is given as --param NAME=VALUE, in words.
Result<Texts> ParametersOf(const Arguments& arguments) {
  Texts texts;
  for (const std::string& typed : arguments.All("param")) {
    const std::size_t equals = typed.find('=');
    std::string name = typed.substr(0, equals);
    if (name.starts_with(':')) name.erase(0, 1);
    if (equals == std::string::npos || name.empty()) {
      return InvalidArgument(
          fmt::format("--param {}: write NAME=VALUE, e.g. --param seed=1 for :seed", typed));
    }
    if (!texts.emplace(name, typed.substr(equals + 1)).second) {
      return InvalidArgument(fmt::format("--param {} is given twice", name));
    }
  }
  return texts;
}

Result<std::string> ReadSql(const std::string& file) {
  auto sql = file == "-" ? ReadStandardInput() : ReadFile(file);
  if (sql.ok()) return sql;
  return InvalidArgument("--file: " + sql.status().message());
}

/// The query of the command line or of --file.
Result<Query> OwnQuery(const Arguments& arguments) {
  Query query;
  if (const auto file = arguments.Text("file")) {
    SF_ASSIGN(query.sql, ReadSql(*file));
  } else {
    query.sql = *arguments.Text("SQL");
  }
  SF_ASSIGN(const Texts texts, ParametersOf(arguments));
  for (const auto& [name, text] : texts) query.parameters[name] = ParseQuotable(text);
  return query;
}

Result<Query> QueryFrom(const Arguments& arguments, const ResultStore& store) {
  const auto name = arguments.Text("name");
  if (!name) return OwnQuery(arguments);
  SF_ASSIGN(const NamedQuery named, FindNamedQuery(*name));
  SF_ASSIGN(const Texts texts, ParametersOf(arguments));
  return FillIn(store.connection(), named, texts);
}

/// "sweep, metric, most=10".
std::string ParametersText(const NamedQuery& query) {
  std::vector<std::string> words;
  for (const QueryParameter& parameter : query.parameters) {
    words.push_back(parameter.default_text ? parameter.name + "=" + *parameter.default_text
                                           : parameter.name);
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

void ListQueries(RowWriter& writer) {
  writer.Begin({"name", "answers", "parameters"});
  for (const NamedQuery& query : NamedQueries()) {
    writer.Row({query.name, query.about, ParametersText(query)});
  }
  writer.End();
}

/// InvalidArgument unless exactly one thing is asked for.
Status CheckSource(const Arguments& arguments) {
  int sources = 0;
  for (const char* source : {"SQL", "file", "name", "list"}) sources += arguments.Has(source);
  if (sources != 1) {
    return InvalidArgument(fmt::format("{}; give SQL, --file FILE, --name NAME or --list",
                                       sources == 0 ? "nothing to query" : "one query at a time"));
  }
  if (!arguments.Has("list") || !arguments.Has("param")) return {};
  return InvalidArgument("--list takes no --param; --name NAME does");
}

Result<int> RunQueryCommand(const Arguments& arguments) {
  SF_TRY(CheckSource(arguments));
  SF_ASSIGN(const TableFormat format, ParseTableFormat(arguments.Text("format").value_or("table")));
  const std::unique_ptr<RowWriter> writer = MakeRowWriter(format, std::cout);
  if (arguments.Has("list")) {
    ListQueries(*writer);
  } else {
    SF_ASSIGN(const ResultStore store, ResultStore::OpenReadOnly(StorePath(arguments)));
    SF_ASSIGN(const Query query, QueryFrom(arguments, store));
    if (arguments.Has("show-sql")) return PrintText(QueryText(query)), kExitOk;
    SF_TRY(RunQuery(store.connection(), query, *writer));
  }
  if (std::cout.flush()) return kExitOk;
  return IoError(fmt::format("standard output cannot be written: {}", std::strerror(errno)));
}

}  // namespace

Command QueryCommand() {
  Command command;
  command.name = "query";
  command.about = "Answers a question by name or in SQL; nothing can be written.";
  command.positionals = {{"SQL", false}};
  command.options = {{"list", 0, "", "list the named queries and what they answer"},
                     {"name", 'n', "QUERY", "run a named query"},
                     {"param", 'p', "NAME=VALUE", "the value of :NAME in the query", true},
                     {"file", 'f', "SQLFILE", "read the SQL from a file; - is standard input"},
                     {"show-sql", 0, "", "print the SQL, values filled in, instead of running it"},
                     FormatOption(),
                     StoreOption()};
  command.examples = {
      {"sweepformer query --name best-cells", "of the sweep launched last, by its first goal"},
      {"sweepformer query \"SELECT * FROM cells WHERE sweep = 'demo'\"",
       "n, mean and sd of every metric, cell by cell"},
      {"sweepformer query \"SELECT * FROM runs WHERE seed = :seed\" --param seed=1 --format csv",
       "a value from outside, bound safely"},
      {"sweepformer query \"SELECT run, outcome, error FROM attempts WHERE outcome <> "
       "'completed'\"",
       "what went wrong"}};
  command.details =
      "Views: runs (one row per sweep and run), cells (statistics over seeds), attempts, history,\n"
      "verifications.\n"
      "results/SCHEMA.md describes their columns. Text is written in single quotes. NaN is NULL, "
      "as\n"
      "in SQLite. A query without rows is a success.\n\n"
      "The VALUE of --param is a number where it reads as one, else text; in single quotes it is "
      "text. A named query knows the type of its own. By default its sweep is the one launched "
      "last and its metric the first of that sweep's goals.";
  command.run = RunQueryCommand;
  return command;
}

}  // namespace sweepformer::cli
