#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/attention_designs.h"
#include "model/classifier.h"
#include "model/lora.h"
#include "model/lstm_classifier.h"
#include "model/parameter_reader.h"
#include "model/products.h"
#include "orchestrator/core/description.h"

namespace sweepformer::model {

/// The classifier of a run, but for what the data decide.
struct ModelOptions {
  std::int64_t max_length = 128;
  EncoderOptions encoder;  ///< of a bag of embeddings: d_model and dropout only
  bool segments = false;   ///< set once the data are known: they are pairs of sentences
  Positions positions = Positions::kLearned;
  Pooling pooling = Pooling::kMean;
  std::int64_t layers = 0;
  Precision precision = Precision::kFloat32;
  AttentionFactory attention;  ///< empty: no encoder, but an LSTM or a bag of embeddings
  std::optional<LstmClassifierOptions> lstm;
  std::optional<LoraOptions> lora;  ///< of an encoder
};

/// A classifier with the sublayers in it that mix tokens; an LSTM and a bag of embeddings have
/// none.
struct Model {
  Classifier classifier;
  std::vector<Attention> attention;
};

/// What of a run's parameters decides its model.
std::vector<ParameterSpec> ModelParameters();
std::vector<ParameterCheck> ModelChecks();

/// What does not fit is noted in the reader; the options are then of no use.
ModelOptions ReadModelOptions(ParameterReader& reader);

/// Initial values depend on `seed` and the shapes. Models of one seed share those of all parts they
/// have in common, and a layer's q_proj, k_proj, v_proj and out_proj whatever the design. Adapters,
/// where there are any, are drawn apart.
Model BuildModel(const ModelOptions& options, std::int64_t vocab_size, std::int64_t classes,
                 std::int64_t seed);

/// The numbers in all parameters of `module`, each shared one counted once.
std::int64_t CountParameters(const torch::nn::Module& module);

/// Of these, the numbers that learn.
std::int64_t CountTrainableParameters(const torch::nn::Module& module);

}  // namespace sweepformer::model
