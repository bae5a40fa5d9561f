#include "datasets/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "datasets/lines.h"

namespace sweepformer::datasets {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 18;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

CsvReader::CsvReader(ByteStream& stream, const std::string& file)
    : stream_(stream), file_(file), block_(kBlockBytes) {
  if (Have(kByteOrderMark.size()) &&
      std::string_view(block_.data(), end_).starts_with(kByteOrderMark))
    at_ = kByteOrderMark.size();
}

CsvReader::CsvReader(std::string_view bytes, const std::string& file)
    : memory_(std::make_unique<MemoryStream>(bytes)),
      stream_(*memory_),
      file_(file),
      block_(std::min(kBlockBytes, bytes.size() + kByteOrderMark.size())) {
  if (bytes.starts_with(kByteOrderMark) && Have(kByteOrderMark.size())) at_ = kByteOrderMark.size();
}

Status CsvReader::Bad(std::size_t line, const std::string& what) const {
  return InvalidArgument(fmt::format("{}:{}: {}", file_, line, what));
}

bool CsvReader::Have(std::size_t count) {
  if (end_ - at_ >= count) return true;
  std::memmove(block_.data(), block_.data() + at_, end_ - at_);
  end_ -= at_;
  at_ = 0;
  while (end_ < count && trouble_.ok()) {
    const auto read = stream_.Read(block_.data() + end_, block_.size() - end_);
    if (!read.ok()) trouble_ = read.status();
    if (!read.ok() || *read == 0) break;
    end_ += *read;
  }
  return end_ >= count;
}

bool CsvReader::AtRecordEnd() {
  if (!Have(1) || block_[at_] == '\n') return true;
  return block_[at_] == '\r' && Have(2) && block_[at_ + 1] == '\n';
}

void CsvReader::SkipRecordEnd() {
  if (!Have(1)) return;
  at_ += block_[at_] == '\r' ? 2 : 1;
  ++line_;
}

Result<bool> CsvReader::Next(CsvRow& row) {
  while (Have(1) && AtRecordEnd()) SkipRecordEnd();
  const bool any = Have(1);
  Status status = any ? Record(row) : Status();
  SF_TRY(trouble_);
  SF_TRY(status);
  if (!any) row.fields.clear();
  return any;
}

Status CsvReader::Record(CsvRow& row) {
  row.line = line_;
  std::size_t count = 0;
  for (;; ++at_) {  // over the comma
    if (count == kMostFields)
      return Bad(row.line, fmt::format("more than {} fields; is this a CSV file?", kMostFields));
    if (row.fields.size() == count) row.fields.emplace_back();
    std::string& field = row.fields[count++];
    field.clear();
    SF_TRY(StartsWith('"') ? QuotedField(field) : Field(field));
    if (AtRecordEnd()) break;
  }
  row.fields.resize(count);
  SkipRecordEnd();
  return {};
}

/// One field, up to the comma or record end behind it.
Status CsvReader::Field(std::string& field) {
  for (;;) {
    const char* const begin = block_.data() + at_;
    const char* const end = block_.data() + end_;
    const char* stop = begin;
    while (stop != end && *stop != ',' && *stop != '\n' && *stop != '\r') ++stop;
    field.append(begin, stop);
    at_ += static_cast<std::size_t>(stop - begin);
    if (field.size() > kLongestField)
      return Bad(line_,
                 fmt::format("a field of more than {} bytes; is this a CSV file?", kLongestField));
    if (AtRecordEnd() || block_[at_] == ',') return {};
    if (block_[at_] == '\r') field += block_[at_++];
  }
}

Status CsvReader::QuotedField(std::string& field) {
  const std::size_t begun = line_;
  ++at_;
  while (Have(1)) {
    const char* const begin = block_.data() + at_;
    const auto* const quote = static_cast<const char*>(std::memchr(begin, '"', end_ - at_));
    const char* const stop = quote ? quote : block_.data() + end_;
    field.append(begin, stop);
    line_ += static_cast<std::size_t>(std::count(begin, stop, '\n'));
    if (field.size() > kLongestField)
      return Bad(begun, fmt::format("the quoted field that opens here is longer than {} bytes; a "
                                    "closing quote seems to be missing",
                                    kLongestField));
    at_ = static_cast<std::size_t>(stop - block_.data());
    if (!quote) continue;
    ++at_;
    if (StartsWith('"')) {
      field += '"';
      ++at_;
      continue;
    }
    if (AtRecordEnd() || block_[at_] == ',') return {};
    return Bad(line_, fmt::format("{} after a closing quote; write a quote inside a field as \"\"",
                                  Excerpt({block_.data() + at_, 1})));
  }
  return Bad(begun,
             "a quote opens here and is never closed; write a quote inside a field as "
             "\"\", or get the file again if it was cut off");
}

}  // namespace sweepformer::datasets
