#include "model/attention_designs.h"

#include "model/full_attention.h"
#include "model/linformer_attention.h"

namespace sweepformer::model {
namespace {

std::vector<ParameterSpec> NoParameters() { return {}; }
std::vector<ParameterCheck> NoChecks() { return {}; }

AttentionFactory ReadFull(const AttentionOptions& options, ParameterReader&) {
  return [options](const auto&) { return std::make_shared<FullAttentionImpl>(options); };
}

AttentionFactory ReadLinformer(const AttentionOptions& attention, ParameterReader& reader) {
  const LinformerOptions options = ReadLinformerOptions(attention, reader);
  return [options](const auto& before) { return MakeLinformerLayer(options, before); };
}

}  // namespace

const std::vector<AttentionDesign>& AttentionDesigns() {
  static const std::vector<AttentionDesign> designs = {
      {"full", NoParameters, NoChecks, ReadFull},
      {"linformer", LinformerParameters, LinformerChecks, ReadLinformer},
  };
  return designs;
}

}  // namespace sweepformer::model
