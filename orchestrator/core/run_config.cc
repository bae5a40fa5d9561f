#include "orchestrator/core/run_config.h"

#include <algorithm>
#include <cctype>

#include "orchestrator/core/hash.h"

namespace sweepformer {
namespace {

std::string LowerName(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

/// The text that is hashed but for the seed. Version 1 of the format; a new field is appended only
/// when not empty, so that ids of older runs stay what they are.
std::string ContentText(const RunContent& content, const std::string& parent) {
  std::string text = "sweepformer-run 1\nkind " + std::string(RunKindWord(content.kind));
  text += "\nparameters " + CanonicalJson(content.parameters);
  text += "\ndataset " + content.dataset_fingerprint;
  text += "\nworker " + content.worker_version;
  text += "\nparent " + parent;
  return text;
}

}  // namespace

std::string_view RunKindWord(RunKind kind) { return kind == RunKind::kProbe ? "probe" : "train"; }

std::string CanonicalJson(const Parameters& parameters) {
  std::string text = "{";
  for (const auto& [name, value] : parameters) {
    if (IsNull(value)) continue;
    if (text.size() > 1) text += ',';
    text += QuoteJson(LowerName(name)) + ':' + FormatJson(Canonical(value));
  }
  return text + '}';
}

RunConfig::RunConfig(RunContent content) : content_(std::move(content)) {
  cell_ = HashHex(ContentText(content_, content_.parent_cell));
  id_ = HashHex(ContentText(content_, content_.parent) + "\nseed " + std::to_string(content_.seed));
}

}  // namespace sweepformer
