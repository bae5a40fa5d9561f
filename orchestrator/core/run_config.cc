#include "orchestrator/core/run_config.h"

#include "orchestrator/core/hash.h"

namespace sweepformer {
namespace {

constexpr std::size_t kUsualText = 1000;

/// The text that is hashed but for the seed. Version 1 of the format; a new field is appended only
/// when not empty, so that ids of older runs stay what they are.
std::string ContentText(RunKind kind, const RunBasis& basis, const ParameterRow& parameters,
                        const std::string& parent) {
  std::string text;
  text.reserve(kUsualText);
  text += "sweepformer-run 1\nkind " + std::string(RunKindWord(kind));
  text += "\nparameters ";
  parameters.table->AppendJson(parameters.row, text);
  text += "\ndataset " + basis.dataset_fingerprint;
  text += "\nworker " + basis.worker_version;
  text += "\nparent " + parent;
  return text;
}

std::shared_ptr<const CellConfig> CellOf(const RunContent& content) {
  auto basis = std::make_shared<const RunBasis>(
      RunBasis{content.dataset_fingerprint, content.worker_version});
  return std::make_shared<const CellConfig>(
      std::move(basis), ParameterRow{ParameterTable::Of(content.parameters)}, content.parent_cell);
}

}  // namespace

std::string_view RunKindWord(RunKind kind) { return kind == RunKind::kProbe ? "probe" : "train"; }

CellConfig::CellConfig(std::shared_ptr<const RunBasis> basis, ParameterRow parameters,
                       std::string parent_cell)
    : basis_(std::move(basis)),
      parameters_(std::move(parameters)),
      parent_cell_(std::move(parent_cell)),
      id_(HashHex(ContentText(RunKind::kTrain, *basis_, parameters_, parent_cell_))) {}

RunConfig::RunConfig(const RunContent& content)
    : RunConfig(CellOf(content), content.kind, content.seed, content.parent, content.warmup_steps) {
}

RunConfig::RunConfig(std::shared_ptr<const CellConfig> cell, std::int64_t seed, std::string parent)
    : RunConfig(std::move(cell), RunKind::kTrain, seed, std::move(parent), 0) {}

RunConfig::RunConfig(std::shared_ptr<const CellConfig> cell, RunKind kind, std::int64_t seed,
                     std::string parent, int warmup_steps)
    : cell_(std::move(cell)),
      kind_(kind),
      seed_(seed),
      parent_(std::move(parent)),
      warmup_steps_(warmup_steps) {
  std::string text = ContentText(kind_, cell_->basis(), cell_->parameters(), parent_);
  text += "\nseed " + std::to_string(seed_);
  if (warmup_steps_ != 0) text += "\nwarmup_steps " + std::to_string(warmup_steps_);
  id_ = HashHex(text);
}

RunConfig RunConfig::Probe(std::shared_ptr<const CellConfig> cell, int round, int warmup_steps) {
  return {std::move(cell), RunKind::kProbe, round, "", warmup_steps};
}

RunContent RunConfig::content() const {
  return {kind(),
          parameters(),
          seed_,
          basis().dataset_fingerprint,
          basis().worker_version,
          parent_,
          cell_->parent_cell(),
          warmup_steps_};
}

}  // namespace sweepformer
