#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/byte_stream.h"
#include "orchestrator/core/status.h"

namespace sweepformer::datasets {

/// One record of a CSV or TSV file.
struct CsvRow {
  std::size_t line = 0;  ///< where it begins, from 1
  std::vector<std::string> fields;
};

/// Reads RFC 4180 records one by one: quoted fields with "" for a quote and with line breaks in
/// them, "\n" and "\r\n" record ends, an optional byte order mark; blank lines are skipped and a
/// quote inside an unquoted field is an ordinary character, as everybody reads it. Memory is that
/// of a block and one record, whatever the file's size. `stream` and `file` must outlive it.
class CsvReader {
 public:
  /// A field longer than this is taken for a lost closing quote.
  static constexpr std::size_t kLongestField = std::size_t{1} << 20;
  static constexpr std::size_t kMostFields = 1024;

  CsvReader(ByteStream& stream, const std::string& file);

  /// Of a text, which must outlive it.
  CsvReader(std::string_view bytes, const std::string& file);

  /// False at the end of the file. InvalidArgument "file:line: ..." for a quote that is never
  /// closed (with the line where it began), text after a closing quote, or an absurd field; else
  /// what the stream failed with. The strings of `row` are used again.
  Result<bool> Next(CsvRow& row);

 private:
  /// Makes sure of `count` bytes ahead; false if the stream ends before.
  bool Have(std::size_t count);
  bool StartsWith(char c) { return Have(1) && block_[at_] == c; }
  bool AtRecordEnd();
  void SkipRecordEnd();
  Status Record(CsvRow& row);
  Status Field(std::string& field);
  Status QuotedField(std::string& field);
  Status Bad(std::size_t line, const std::string& what) const;

  std::unique_ptr<MemoryStream> memory_;  ///< where there was no stream
  ByteStream& stream_;
  const std::string& file_;
  std::vector<char> block_;
  std::size_t at_ = 0;   ///< in block_
  std::size_t end_ = 0;  ///< of what is in block_
  std::size_t line_ = 1;
  Status trouble_;  ///< the stream's; it counts as ended then
};

}  // namespace sweepformer::datasets
