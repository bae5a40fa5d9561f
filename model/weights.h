#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/vocabulary.h"
#include "model/classifier.h"
#include "model/safetensors.h"
#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"

// Weights on disk: safetensors under the names the same model has in PyTorch, for example
// "encoder.layers.0.self_attn.q_proj.weight". Stored; append only. Beside the parameters and
// buffers of the model:
//   vocabulary    uint8, the words of ids kSpecialIds and up, each with a line break, in UTF-8
//   __metadata__  "run": the id of the run that made them; "data": the fingerprint of what it
//                 read, whatever its star_classes, empty_title and second_test; "part": JSON of the
//                 parameters that say which part of it it trained on; "format": "pt"; "projection":
//                 what a Linformer's E and F are, a value of that parameter; "lora_alpha":
//                 of low-rank adapters, which stand beside the weight they add to, as in
//                 microsoft/LoRA: q_proj.weight [out, in], q_proj.lora_A [r, in],
//                 q_proj.lora_B [out, r]; what is used is weight + lora_alpha / r · lora_B lora_A
//                 "xxh3_128": of the file as it would be without this entry, tensors wide types
//                 first and then by name; a file of another program has none

namespace sweepformer::model {

/// Where weights come from, as their metadata have it.
struct WeightsOrigin {
  std::string run;
  std::string data = "";
  std::string part = "";
};

/// `part` of a run with these parameters.
std::string PartOf(const Parameters& resolved);

/// What is to be said of a run that starts from `weights` and is `own` itself: that it may be
/// tested on what these were trained on, since they come from another part of the same data; ""
/// if they don't. Of other data nothing is known.
std::string SeenElsewhere(const TensorFile& weights, const WeightsOrigin& own);

/// All that `classifier` has learned and drawn, and the words its embedding's rows stand for.
TensorFile WeightsOf(const ClassifierImpl& classifier, const datasets::Vocabulary& vocabulary,
                     const WeightsOrigin& origin);

/// Writes WeightsOf to `path`: a reader sees the whole file or none.
Status SaveWeights(const ClassifierImpl& classifier, const datasets::Vocabulary& vocabulary,
                   const WeightsOrigin& origin, const std::filesystem::path& path);

/// What became of the weights of another run.
struct LoadReport {
  double loaded_share = 0;  ///< of the numbers in this model's parameters
  std::int64_t merged = 0;  ///< adapters in the file that were merged into their weights
  std::vector<std::string> loaded;
  std::vector<std::string> partly;   ///< "embedding.weight: 812 of 1000 rows"
  std::vector<std::string> missing;  ///< in this model; they keep their initial values
  std::vector<std::string> extra;    ///< in the file; not used

  /// A line for people each: the share, then what was partly loaded, missing and extra.
  std::vector<std::string> Lines() const;
};

/// Gives `classifier` the numbers that `weights` has under the same name and in the same shape.
/// Two tables are matched row by row instead: the embedding's by word, where `weights` holds a
/// vocabulary, and learned positions by place. A Linformer's E and F stay as drawn where the file
/// says that its own are of another kind. Other designs' parameters are left alone, so weights
/// go from any design to any. Adapters in the file are merged into its weights first; those of
/// `classifier` stay as drawn, so it begins as what was learned and adapts that. InvalidArgument
/// if not one number would be taken, or as MergeAdapters.
Result<LoadReport> LoadWeights(const TensorFile& weights, const datasets::Vocabulary& vocabulary,
                               ClassifierImpl& classifier);

/// The weights that `run` has left in `path`. InvalidArgument if they are another run's, cut off or
/// not those of their checksum; an empty `run` takes any run's, and files without a checksum do.
Result<TensorFile> ReadWeightsOf(std::string_view run, const std::filesystem::path& path);

}  // namespace sweepformer::model
