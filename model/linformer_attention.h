#pragma once

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "model/attention.h"
#include "model/parameter_reader.h"
#include "model/token_projection.h"
#include "orchestrator/core/description.h"
#include "orchestrator/core/status.h"

namespace sweepformer::model {

/// Who shares a projection (Wang et al. 2020, arXiv:2006.04768, section 4). Projections for L
/// layers: 2·L, L, 1 and 2·L·H. In the order of the choices of the parameter 'sharing'.
enum class Sharing {
  kHeadwise,   ///< an E and an F per layer
  kKeyValue,   ///< one E per layer, for keys and values
  kLayerwise,  ///< one E for all layers, heads, keys and values
  kNone,       ///< an E and an F per layer and head
};

/// Where keys and values are projected. In the order of the choices of the parameter
/// 'projection_place'.
enum class ProjectionPlace {
  kAfter,   ///< E (x W_K + 1 bᵀ), as in eq. 7
  kBefore,  ///< (E x) W_K + 1 bᵀ, as in the authors' code (fairseq): W_K sees k rows, not T
};

struct LinformerOptions {
  AttentionOptions attention;
  std::int64_t projected_length = 32;  ///< k of the first layer
  Sharing sharing = Sharing::kHeadwise;
  Projection projection = Projection::kLearned;
  ProjectionPlace place = ProjectionPlace::kAfter;
  std::int64_t compression_growth = 1;  ///< factor of n / k from each layer to the next
  std::int64_t window = 0;              ///< tokens that are pooled to a slot; 0: as k says

  /// These options as layer 0, 1, … has them: k falls with the layers and is at least 1. Windows
  /// grow instead, where there are any.
  LinformerOptions OfLayer(std::int64_t layer) const;
};

/// softmax(q (E k)ᵀ / √D) (F v) for each head (eq. 7).
///   q, k, v   [B, H, T, D] float
///   e, f      [k, n] or [H, k, n], n >= T
///   pad_mask  [B, T] bool, true = padding; may be undefined
///   returns   [B, H, T, D]
/// Padded rows of k and v are zeroed before projecting, otherwise they leak through E and F. All k
/// slots stay in the softmax, also where a sample has fewer real tokens than k; the scaling stays
/// 1/√D. Time and memory O(B·H·T·k).
torch::Tensor LinformerDotProductAttention(const torch::Tensor& q, const torch::Tensor& k,
                                           const torch::Tensor& v, const torch::Tensor& e,
                                           const torch::Tensor& f,
                                           const torch::Tensor& pad_mask = {},
                                           double dropout = 0.0);

/// Self-attention whose keys and values are projected from n positions to k. The paper is silent on
/// biases; k_proj and v_proj have theirs so that Linformer differs from full attention by E and F
/// alone. Parameters E and F, without bias; none where windows are pooled; buffers where they are
/// random; no F where K and V share. Not permutation-invariant: E is positional.
class LinformerAttentionImpl final : public MultiHeadAttentionImpl {
 public:
  /// Throws c10::Error unless 1 <= k <= n, or for one E per head before W_K, where there are no
  /// heads yet.
  explicit LinformerAttentionImpl(const LinformerOptions& options);

  /// A further layer that uses the E of `first` (layerwise) without owning it.
  LinformerAttentionImpl(const LinformerOptions& options, const LinformerAttentionImpl& first);

  /// E and F as their kind of projection starts (token_projection.h).
  void reset_parameters() override;

  Projection projection() const { return options_.projection; }

  /// k, or the windows that T tokens fill.
  std::int64_t CompressedLength(std::int64_t tokens) const override;

 protected:
  Work CoreWork(std::int64_t tokens) const override;
  Held CoreHeld(std::int64_t tokens) const override;
  std::int64_t KeyRows(std::int64_t tokens) const override;
  torch::Tensor MixHeads(const torch::Tensor& x, const torch::Tensor& pad_mask) override;
  torch::Tensor Attend(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                       const torch::Tensor& pad_mask) override;

 private:
  /// Whether E (x W) is computed as (E x) W: the same in fewer products where k < T, unless each
  /// head has an E of its own.
  bool MixesTokensFirst(std::int64_t tokens) const;
  /// Whether keys and values have one projection, and the same tokens to project: infused positions
  /// are in those of keys alone.
  bool ProjectsAlike() const;
  torch::Tensor RegisterProjection(const char* name);
  /// For keys of `placed` and for values of x, as one head of width C: [B, k, C].
  std::pair<Slots, Slots> SlotsOfBoth(const torch::Tensor& placed, const torch::Tensor& x,
                                      const torch::Tensor& pad_mask) const;
  Slots Project(const torch::Tensor& projection, const torch::Tensor& x,
                const torch::Tensor& pad_mask) const;

  LinformerOptions options_;
  torch::Tensor e_, f_;  // one tensor where keys and values share; undefined for pooled windows
};

TORCH_MODULE(LinformerAttention);

/// The attention sublayer that follows those of `before`. With Sharing::kLayerwise the first owns E
/// and the others use it, so that it is registered, trained and counted once.
Attention MakeLinformerLayer(const LinformerOptions& options, const std::vector<Attention>& before);

/// The kind of projection that the Linformer layers of `model` have; nullopt if there are none.
std::optional<Projection> ProjectionOf(const torch::nn::Module& model);

/// k from what the user gave: projected_length, or max_length / compression. InvalidArgument where
/// both are missing or disagree, or k is not a whole number in 1..max_length.
Result<std::int64_t> ResolveProjectedLength(std::int64_t max_length,
                                            std::optional<double> compression,
                                            std::optional<std::int64_t> projected_length);

/// What the design reads from a run's parameters; what does not fit is noted in the reader.
std::vector<ParameterSpec> LinformerParameters();
std::vector<ParameterCheck> LinformerChecks();
LinformerOptions ReadLinformerOptions(const AttentionOptions& attention, ParameterReader& reader);

}  // namespace sweepformer::model
