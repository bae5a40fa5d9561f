#include "results/export.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "orchestrator/sql/snapshot.h"
#include "results/data_dictionary.h"
#include "results/export_folder.h"
#include "results/query.h"
#include "results/sweeps.h"

namespace sweepformer {
namespace {

const std::vector<std::string> kFiles = {"README.md",    "runs.csv",    "cells.csv",
                                         "attempts.csv", "history.csv", "dictionary.csv"};

/// How README.md begins; {} is the sweep.
constexpr std::string_view kMark = "# Sweep {}, exported by sweepformer\n";

constexpr std::string_view kReadme = R"(
| file | a row per |
|---|---|
| `runs.csv` | run: its parameters and, if it has succeeded, its final metrics |
| `cells.csv` | cell, that is, the runs that differ only in their seed: n, mean and standard deviation of every metric |
| `attempts.csv` | execution of a run: where, when, how it ended, what it took |
| `history.csv` | figure that a run reported, learning curves among them |
| `dictionary.csv` | column of these files: its unit, its meaning, who says so |

`attempts.run` and `history.run` are `runs.id`; `runs.cell` is `cells.cell`.

The files are RFC 4180 CSV in UTF-8 with a line of column names; lines end in LF. Numbers have a decimal point and all
their digits. An empty field is missing: no value, a parameter that is not in use, a metric of a run that has not succeeded,
or NaN (`is_nan` in `history.csv` tells it). Infinities are `Infinity` and `-Infinity`. Times are UTC.

Python:

    import pandas
    runs = pandas.read_csv("runs.csv", keep_default_na=False, na_values=[""])

R:

    runs <- read.csv("runs.csv", na.strings = "", check.names = FALSE)
)";

/// The rows of one file. `v` is the view of its name.
Query QueryFor(const std::string& file, const std::vector<DictionaryEntry>& dictionary,
               const std::string& sweep) {
  std::string columns;
  for (const DictionaryEntry& entry : dictionary) {
    if (entry.file != file) continue;
    columns += fmt::format("{}{} AS {}", columns.empty() ? "" : ", ", entry.expression,
                           QuoteName(entry.column));
  }
  const bool of_runs = file == "attempts" || file == "history";
  // CROSS JOIN keeps the runs together and in their order.
  const std::string from =
      of_runs ? fmt::format("runs r CROSS JOIN {} v ON v.run = r.id WHERE r.sweep = :sweep", file)
              : fmt::format("{} v WHERE v.sweep = :sweep", file);
  return {fmt::format("SELECT {} FROM {}", columns, from), {{"sweep", sweep}}};
}

/// Makes a file of what `write` writes to it.
template <typename Write>
Status WriteFile(const std::filesystem::path& path, const Write& write) {
  std::ofstream out(path, std::ios::binary);
  if (out) SF_TRY(write(out));
  if (out.flush()) return {};
  return IoError(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(errno)));
}

Status WriteDictionary(const std::vector<DictionaryEntry>& dictionary, std::ostream& out) {
  const auto writer = MakeRowWriter(TableFormat::kCsv, out);
  writer->Begin({"file", "column", "unit", "meaning", "source"});
  for (const DictionaryEntry& entry : dictionary) {
    writer->Row({entry.file + ".csv", entry.column, entry.unit, entry.meaning, entry.source});
  }
  writer->End();
  return {};
}

}  // namespace

Status ExportSweep(const Connection& connection, const std::string& sweep,
                   const std::filesystem::path& folder) {
  SF_ASSIGN(const Snapshot snapshot, Snapshot::Take(connection));
  SF_TRY(FindSweep(connection, sweep).status());
  const std::string mark = fmt::format(kMark, sweep);
  SF_ASSIGN(ExportFolder files, ExportFolder::Make(folder, kFiles, mark));
  SF_ASSIGN(const auto dictionary, DataDictionary(connection, sweep));
  for (const std::string file : {"runs", "cells", "attempts", "history"}) {
    SF_TRY(WriteFile(files / (file + ".csv"), [&](std::ostream& out) {
      return RunQuery(connection, QueryFor(file, dictionary, sweep),
                      *MakeRowWriter(TableFormat::kCsv, out));
    }));
  }
  SF_TRY(WriteFile(files / "dictionary.csv",
                   [&](std::ostream& out) { return WriteDictionary(dictionary, out); }));
  SF_TRY(WriteFile(files / "README.md", [&](std::ostream& out) {
    out << mark << kReadme;
    return Status();
  }));
  return files.PutInPlace();
}

}  // namespace sweepformer
