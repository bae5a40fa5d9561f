#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "orchestrator/core/value.h"

namespace sweepformer::bench {

/// One attention sublayer (d_model 128, 4 heads, no dropout) for random samples of `tokens` each,
/// as many as make `batch_tokens`, without padding.
struct SublayerOptions {
  std::string attention;
  Parameters parameters;  ///< of the design, beside its defaults
  std::int64_t tokens = 0;
  std::int64_t batch_tokens = 0;
};

/// What a pass over the batch costs, by token.
struct PassCost {
  double microseconds = 0;
  double bytes = 0;      ///< most that tensors held at once beyond parameters, gradients and input
  double cpu_share = 1;  ///< of the most disturbed pass that counts: CPU time / wall time x threads
};

/// The same from the closed forms.
struct ClosedForms {
  double forward_flops = 0;          ///< by token
  double forward_microseconds = 0;   ///< at least, at the rates measured here
  double training_microseconds = 0;  ///< forward and backward
  double training_bytes = 0;         ///< forward and backward
};

/// Does the work of a point. Making one allocates parameters only.
class Sublayer {
 public:
  /// Ends the program with a message if the parameters do not fit.
  explicit Sublayer(const SublayerOptions& options);
  ~Sublayer();

  ClosedForms closed_forms() const;

  /// In evaluation, without gradients: median of passes over at least `seconds`. Passes that waited
  /// for a CPU do not count where there are others.
  PassCost Forward(double seconds);

  /// In training: forward and backward to the parameters and the input.
  PassCost ForwardAndBackward(double seconds);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Sets what all passes share: threads, and an allocator that counts.
void PrepareLibTorch(int threads);

}  // namespace sweepformer::bench
