#include "model/run_memory.h"

#include <fmt/format.h>

#include "model/kernels/feed_forward.h"
#include "model/kernels/gemm.h"

namespace sweepformer::model {
namespace {

/// LibTorch and its BLAS, loaded and warmed up, with a small data set read, as measured; in a
/// forked process 70 MB less.
constexpr double kLibraries = 177e6;

/// Bytes that the C library takes for each byte in tensors at the peak, as measured: 1.4 to 2.3,
/// since batches of other lengths leave gaps that do not fit.
constexpr double kHeap = 1.7;

/// Numbers that outlive a step for each that learns: itself, its gradient, two moments and the
/// best.
constexpr int kCopies = 5;

// Numbers of one token in one layer, but for an LSTM as its encoder layer has them.

/// Tokens that see one another in a Longformer's first layer. They cut its window and the rows of
/// a block.
constexpr const char* kClass = "(max_length + dilation - 1) / dilation";

std::string Window() { return fmt::format("min(window, {})", kClass); }

std::string BlockRows() { return fmt::format("min(max(window, 16), {})", kClass); }

/// Keys each token of a Longformer is scored against: its block's, and the global ones.
std::string BandKeys() {
  return fmt::format("({} + 2 * {} + global_tokens)", BlockRows(), Window());
}

/// Keys each token of a compressive layer is scored against.
constexpr const char* kRemembered =
    "min(max_length, segment_length + memory_length + compressed_length)";

/// k of Linformer's first layer.
constexpr const char* kSlots = "coalesce(projected_length, max_length * 1.0 / compression)";

/// Scores, or features of queries and keys.
std::string Scores() {
  return fmt::format(
      "CASE attention WHEN 'full-naive' THEN heads * max_length WHEN 'longformer' THEN heads * {} "
      "WHEN 'compressive' THEN heads * {} WHEN 'performer' THEN "
      "CASE feature_kind WHEN 'positive' THEN 2 WHEN 'hyperbolic' THEN 4 ELSE 10 END * heads * "
      "features ELSE 0 END",
      BandKeys(), kRemembered);
}

/// Kept for the backward pass but for the scores, in widths.
std::string Rows() {
  return fmt::format(
      "CASE attention WHEN 'fnet' THEN 3 WHEN 'full' THEN 7 WHEN 'full-naive' THEN 7 WHEN "
      "'linformer' THEN CASE WHEN projection_place = 'before' OR projection IN ('learned', "
      "'random') AND sharing <> 'none' THEN 5 + 4.0 * {0} / max_length ELSE 7 + 2.0 * {0} / "
      "max_length END WHEN 'linear' THEN 10 WHEN 'performer' THEN 8 WHEN "
      "'longformer' THEN 10 + 4.0 * {2} / {3} WHEN 'compressive' THEN 8 + 2.0 * {1} "
      "/ segment_length ELSE 0 END",
      kSlots, kRemembered, Window(), BlockRows());
}

/// Whether adapters stand in the feed-forward sublayer, which then is not computed in blocks.
constexpr const char* kAdapted =
    "(coalesce(lora_rank, 0) > 0 AND coalesce(lora_targets, '') IN ('feed-forward', 'all'))";

/// GELU's output and its derivative, which are kept; of bfloat16 half as large.
std::string Inner() {
  return fmt::format("iif(precision = 'bfloat16' AND NOT {}, 1, 2) * d_ff", kAdapted);
}

std::string Kept() {
  return fmt::format(
      "(CASE attention WHEN 'none' THEN 0 WHEN 'lstm' THEN 11 * d_model ELSE ({} + {}) * d_model + "
      "{} + ({}) * (1 + (dropout > 0 AND attention <> 'performer')) END)",
      Rows(), kAdapted, Inner(), Scores());
}

/// Beyond that, going backward, in attention or in the feed-forward sublayer.
std::string Added() {
  return fmt::format(
      "(CASE WHEN attention IN ('none', 'lstm') THEN 0 ELSE max(iif({}, 2 * d_ff, d_model), "
      "CASE attention WHEN 'fnet' THEN 5 WHEN 'full' THEN 3 WHEN 'linformer' THEN 4 "
      "WHEN 'linear' THEN 4 WHEN 'performer' THEN 2 WHEN 'longformer' THEN -3 "
      "WHEN 'compressive' THEN 2 ELSE -1 END * d_model - {} + CASE attention "
      "WHEN 'longformer' THEN 3 WHEN 'performer' THEN 1 WHEN 'compressive' THEN 0 ELSE 2 END * "
      "({})) END)",
      kAdapted, Inner(), Scores());
}

/// Of the block of rows that a feed-forward sublayer computes at a time, on one thread
/// (kernels/feed_forward.h).
std::string Block() {
  return fmt::format(
      "iif(attention IN ('none', 'lstm') OR {}, 0, min(batch_size * max_length, max({}.0 / "
      "d_ff, {})) * (d_ff + 3 * d_model))",
      kAdapted, kFeedForwardInnerNumbers, kRowStep);
}

/// Numbers in the parameters of one layer.
std::string LayerParameters() {
  return fmt::format(
      "CASE attention WHEN 'none' THEN 0 WHEN 'lstm' THEN 8 * d_model * d_model ELSE 2 * d_model * "
      "d_ff + CASE attention WHEN 'fnet' THEN 0 WHEN 'longformer' THEN 7 WHEN 'compressive' THEN 4 "
      "+ coalesce(compression_ratio, 0) ELSE 4 END * d_model * d_model + CASE WHEN projection IN "
      "('learned', 'random') THEN CASE sharing WHEN 'none' THEN 2 * heads WHEN 'headwise' THEN 2 "
      "ELSE 1 END * max_length * {} ELSE 0 END END",
      kSlots);
}

}  // namespace

std::string RunMemory() {
  const std::string parameters =
      fmt::format("((coalesce(vocab_size, 300) + max_length) * d_model + coalesce(layers, 0) * {})",
                  LayerParameters());
  const std::string recomputes = "coalesce(gradient_checkpointing, 0)";
  const std::string activations = fmt::format(
      "batch_size * ({kept} * max(1, iif({recomputes}, 1, coalesce(layers, 0))) + {added} + "
      "iif(attention = 'none', 0, d_model * (4 + iif({recomputes}, layers, 0))))",
      fmt::arg("kept", Kept()), fmt::arg("added", Added()), fmt::arg("recomputes", recomputes));
  return fmt::format(
      "CASE WHEN device = 'cpu' THEN {} + 4.0 * max_length * coalesce(train_rows, rows, 0) + {} * "
      "4.0 * (iif(coalesce(lora_rank, 0) > 0, 1, {}) * {} + max_length * {} + {}) END",
      kLibraries, kHeap, kCopies, parameters, activations, Block());
}

}  // namespace sweepformer::model
