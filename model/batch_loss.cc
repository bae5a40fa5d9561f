#include "model/batch_loss.h"

namespace sweepformer::model {

BatchLoss LossOf(ClassifierImpl& model, const BatchTensors& batch) {
  BatchLoss result;
  result.logits = model.forward(batch.tokens);
  result.whole = torch::cross_entropy_loss(result.logits, batch.labels);
  result.loss = result.whole.item<double>();
  if (const AuxiliaryLoss other = model.auxiliary_loss(); other.value.defined()) {
    result.auxiliary = other.value.item<double>();
    result.whole = result.whole + other.weight * other.value;
  }
  return result;
}

}  // namespace sweepformer::model
