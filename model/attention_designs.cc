#include "model/attention_designs.h"

#include "model/full_attention.h"
#include "model/linformer_attention.h"

namespace sweepformer::model {
namespace {

std::vector<ParameterSpec> NoParameters() { return {}; }
std::vector<ParameterCheck> NoChecks() { return {}; }

Result<std::vector<Attention>> MakeFull(const AttentionOptions& options, std::int64_t layers,
                                        const Parameters&) {
  std::vector<Attention> made;
  for (std::int64_t i = 0; i < layers; ++i) {
    made.emplace_back(std::make_shared<FullAttentionImpl>(options));
  }
  return made;
}

Result<std::vector<Attention>> MakeLinformer(const AttentionOptions& options, std::int64_t layers,
                                             const Parameters& parameters) {
  SF_ASSIGN(const LinformerOptions linformer, LinformerOptionsFrom(options, parameters));
  return MakeLinformerLayers(linformer, layers);
}

}  // namespace

const std::vector<AttentionDesign>& AttentionDesigns() {
  static const std::vector<AttentionDesign> designs = {
      {"full", NoParameters, NoChecks, MakeFull},
      {"linformer", LinformerParameters, LinformerChecks, MakeLinformer},
  };
  return designs;
}

}  // namespace sweepformer::model
