#include "model/run_cost.h"

namespace sweepformer::model {
namespace {

/// Of one token in one layer.
constexpr const char* kLayer =
    "CASE attention WHEN 'none' THEN 0 WHEN 'lstm' THEN 8 * d_model * d_model"
    " ELSE 2 * d_model * d_ff + CASE attention WHEN 'fnet' THEN 40 * d_model"
    " ELSE 4 * d_model * d_model + d_model * CASE attention"
    " WHEN 'linformer' THEN 4 * coalesce(projected_length, max_length * 1.0 / compression)"
    " WHEN 'linear' THEN 2.0 * d_model / heads"
    " WHEN 'performer' THEN 4 * features"
    " WHEN 'compressive' THEN 2 * min(max_length, segment_length + memory_length + "
    "compressed_length)"
    " WHEN 'longformer' THEN 2 * min(max_length, 3 * min(window, "
    "(max_length + dilation - 1) / dilation) + global_tokens + 1)"
    " + iif(global_tokens > 0, 2 * d_model, 0)"
    " ELSE 2 * max_length END END END";

/// Times its layers are computed forward, of three thirds that training has.
constexpr const char* kRecomputed =
    "CASE WHEN coalesce(gradient_checkpointing, 0) THEN 4.0 / 3 ELSE 1 END";

constexpr const char* kReviews =
    "coalesce(train_rows, rows * (1 - valid_share - test_share), 10000)";

}  // namespace

std::string RunCost() {
  std::string cost = "1.0 * epochs * ";
  cost += kReviews;
  cost += " * max_length * (d_model + coalesce(layers, 0) * ";
  cost += kLayer;
  cost += " * ";
  cost += kRecomputed;
  return cost + ")";
}

}  // namespace sweepformer::model
