#pragma once

#include <string_view>
#include <vector>

#include "model/attention.h"
#include "orchestrator/core/description.h"
#include "orchestrator/core/status.h"

namespace sweepformer::model {

/// One attention design as the rest of model/ knows it. A new design is a pair of files, its line
/// in CMakeLists.txt and its row in attention_designs.cc.
struct AttentionDesign {
  std::string_view name;  ///< value of the parameter 'attention'

  /// What the design adds to the parameters of a run.
  std::vector<ParameterSpec> (*parameters)();
  std::vector<ParameterCheck> (*checks)();

  /// The attention sublayers of an encoder, made together because some designs share parameters
  /// between layers. InvalidArgument if the parameters do not fit.
  Result<std::vector<Attention>> (*make)(const AttentionOptions& options, std::int64_t layers,
                                         const Parameters& parameters);
};

/// All designs, in the order they are shown to users.
const std::vector<AttentionDesign>& AttentionDesigns();

}  // namespace sweepformer::model
