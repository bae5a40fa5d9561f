#include "datasets/csv.h"

#include <fmt/format.h>

#include <algorithm>

#include "datasets/lines.h"

namespace sweepformer::datasets {

CsvReader::CsvReader(std::string_view bytes, const std::string& file)
    : bytes_(SkipByteOrderMark(bytes)), file_(file) {}

Status CsvReader::Bad(std::size_t line, const std::string& what) const {
  return InvalidArgument(fmt::format("{}:{}: {}", file_, line, what));
}

bool CsvReader::AtRecordEnd() const {
  const std::string_view rest = bytes_.substr(at_);
  return rest.empty() || rest.front() == '\n' || rest.starts_with("\r\n");
}

void CsvReader::SkipRecordEnd() {
  if (at_ == bytes_.size()) return;
  at_ += bytes_[at_] == '\r' ? 2 : 1;
  ++line_;
}

Result<bool> CsvReader::Next(CsvRow& row) {
  row.fields.clear();
  while (at_ < bytes_.size() && AtRecordEnd()) SkipRecordEnd();
  if (at_ == bytes_.size()) return false;
  row.line = line_;
  for (;;) {
    if (row.fields.size() == kMostFields)
      return Bad(row.line, fmt::format("more than {} fields; is this a CSV file?", kMostFields));
    SF_ASSIGN(std::string field, Field());
    row.fields.push_back(std::move(field));
    if (AtRecordEnd()) break;
    ++at_;  // the comma
  }
  SkipRecordEnd();
  return true;
}

/// One field, up to the comma or record end behind it.
Result<std::string> CsvReader::Field() {
  if (at_ < bytes_.size() && bytes_[at_] == '"') return QuotedField();
  const std::size_t begin = at_;
  while (!AtRecordEnd() && bytes_[at_] != ',') ++at_;
  if (at_ - begin > kLongestField)
    return Bad(line_,
               fmt::format("a field of more than {} bytes; is this a CSV file?", kLongestField));
  return std::string(bytes_.substr(begin, at_ - begin));
}

Result<std::string> CsvReader::QuotedField() {
  const std::size_t begun = line_;
  std::string field;
  ++at_;
  for (;;) {
    const std::size_t quote = bytes_.find('"', at_);
    if (quote == std::string_view::npos)
      return Bad(begun,
                 "a quote opens here and is never closed; write a quote inside a field as "
                 "\"\", or get the file again if it was cut off");
    const std::string_view piece = bytes_.substr(at_, quote - at_);
    field += piece;
    line_ += static_cast<std::size_t>(std::count(piece.begin(), piece.end(), '\n'));
    if (field.size() > kLongestField)
      return Bad(begun, fmt::format("the quoted field that opens here is longer than {} bytes; a "
                                    "closing quote seems to be missing",
                                    kLongestField));
    at_ = quote + 1;
    if (at_ == bytes_.size() || bytes_[at_] != '"') break;
    field += '"';
    ++at_;
  }
  if (!AtRecordEnd() && bytes_[at_] != ',')
    return Bad(line_, fmt::format("{} after a closing quote; write a quote inside a field as \"\"",
                                  Excerpt(bytes_.substr(at_, 1))));
  return field;
}

}  // namespace sweepformer::datasets
