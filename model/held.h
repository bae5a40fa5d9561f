#pragma once

namespace sweepformer::model {

/// Activation memory of one sample without padding and dropout, as a closed form: numbers, float32
/// each, that tensors hold in training. Parameters and their gradients are not in it.
struct Held {
  double kept = 0;      ///< from the forward to the backward pass
  double backward = 0;  ///< most beyond these while the backward pass is in this part; what it
                        ///< has given back by then counts against it
};

/// `scores` numbers in memory for all heads, and the `values` they weigh: softmax keeps the
/// weights; with their gradients and those of the scores the values are given back.
inline Held ScoresHeld(double scores, double values) { return {scores, 2 * scores - values}; }

}  // namespace sweepformer::model
