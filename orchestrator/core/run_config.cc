#include "orchestrator/core/run_config.h"

#include "orchestrator/core/hash.h"

namespace sweepformer {
namespace {

constexpr std::size_t kUsualText = 1000;

/// The text that is hashed but for the seed. Version 1 of the format; a new field is appended only
/// when not empty, so that ids of older runs stay what they are.
std::string ContentText(const RunBasis& basis, const ParameterRow& parameters,
                        const std::string& parent) {
  std::string text;
  text.reserve(kUsualText);
  text += "sweepformer-run 1\nkind " + std::string(RunKindWord(basis.kind));
  text += "\nparameters ";
  parameters.table->AppendJson(parameters.row, text);
  text += "\ndataset " + basis.dataset_fingerprint;
  text += "\nworker " + basis.worker_version;
  text += "\nparent " + parent;
  return text;
}

std::shared_ptr<const CellConfig> CellOf(const RunContent& content) {
  auto basis = std::make_shared<const RunBasis>(
      RunBasis{content.kind, content.dataset_fingerprint, content.worker_version});
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
      id_(HashHex(ContentText(*basis_, parameters_, parent_cell_))) {}

RunConfig::RunConfig(const RunContent& content)
    : RunConfig(CellOf(content), content.seed, content.parent) {}

RunConfig::RunConfig(std::shared_ptr<const CellConfig> cell, std::int64_t seed, std::string parent)
    : cell_(std::move(cell)),
      seed_(seed),
      parent_(std::move(parent)),
      id_(HashHex(ContentText(cell_->basis(), cell_->parameters(), parent_) + "\nseed " +
                  std::to_string(seed_))) {}

RunContent RunConfig::content() const {
  return {kind(),  parameters(),        seed_, basis().dataset_fingerprint, basis().worker_version,
          parent_, cell_->parent_cell()};
}

}  // namespace sweepformer
