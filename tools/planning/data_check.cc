#include "tools/planning/data_check.h"

#include "datasets/corpus.h"
#include "datasets/fingerprint.h"
#include "datasets/request.h"
#include "datasets/source_files.h"
#include "orchestrator/core/file.h"

namespace sweepformer {
namespace {

Status CheckReadable(const datasets::DatasetRequest& request, const std::string& fingerprint) {
  const std::filesystem::path mark = CacheFolder() / "readable" / fingerprint;
  if (IsFile(mark)) return {};
  SF_TRY(datasets::Load(request).status());
  if (!request.second_test.empty())
    SF_TRY(datasets::Load(datasets::SecondTestOf(request)).status());
  (void)WriteFileAtomic(mark, "");  // without the mark it is only read again
  return {};
}

}  // namespace

Status DataCheck::NoteFiles(const datasets::DatasetRequest& request) {
  SF_ASSIGN(const auto files, datasets::FindFiles(request));
  for (const datasets::SourceFile& file : files) files_.insert(file.path);
  return {};
}

Result<std::string> DataCheck::FingerprintOf(const Parameters& parameters) {
  SF_ASSIGN(const auto request, datasets::RequestFrom(parameters, data_folder_));
  auto fingerprint = datasets::Fingerprint(request);
  if (fingerprint.status().code() == Code::kNotFound) {
    return InvalidArgument(fingerprint.status().message());  // known, but not here: a data error
  }
  SF_TRY(fingerprint.status());
  SF_TRY(CheckReadable(request, *fingerprint));
  SF_TRY(NoteFiles(request));
  if (!request.second_test.empty()) SF_TRY(NoteFiles(datasets::SecondTestOf(request)));
  return fingerprint;
}

}  // namespace sweepformer
