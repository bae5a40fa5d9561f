#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "model/attention.h"
#include "model/parameter_reader.h"
#include "orchestrator/core/description.h"

namespace sweepformer::model {

/// Makes the next attention sublayer of an encoder, given those of the layers before it: some
/// designs share parameters between layers. Its initial values come from torch's global generator.
using AttentionFactory = std::function<Attention(const std::vector<Attention>& before)>;

/// Whether a design splits the width into heads. Without heads there is no parameter 'heads'.
enum class HeadCount { kGiven, kOne };

/// What of softmax attention's inside a design has, for options that reach in there.
enum class Interior {
  kOther,           ///< not even these
  kQueriesAndKeys,  ///< one of each token: Positions::kInfused adds to them
  kScores,          ///< of all pairs as well: Positions::kRelative adds to them, and an analysis
                    ///< looks at the weights they become
};

/// One attention design as the rest of model/ knows it. A new design is a pair of files, its line
/// in CMakeLists.txt and its row in attention_designs.cc.
struct AttentionDesign {
  std::string_view name;  ///< value of the parameter 'attention'
  HeadCount heads;
  Interior interior;

  /// What the design adds to the parameters of a run.
  std::vector<ParameterSpec> (*parameters)();
  std::vector<ParameterCheck> (*checks)();

  /// Reads its parameters. What does not fit is noted in the reader, and the factory is then of no
  /// use.
  AttentionFactory (*read)(const AttentionOptions& options, ParameterReader& reader);
};

/// All designs, in the order they are shown to users.
const std::vector<AttentionDesign>& AttentionDesigns();

}  // namespace sweepformer::model
