#pragma once

#include <string_view>
#include <vector>

#include "datasets/encode.h"
#include "model/attention.h"
#include "model/classifier.h"
#include "model/run.h"

namespace sweepformer::model {

/// So many samples are looked at, the first ones.
inline constexpr std::int64_t kDiagnosedSamples = 32;

/// What each of the `layers` of `model` tells of itself (AttentionImpl::Diagnose), as the mean over
/// the samples, of which each is looked at alone: no padding takes part. Leaves the model in
/// evaluation mode and torch's generators as they were.
std::vector<Diagnosis> DiagnoseLayers(ClassifierImpl& model, const std::vector<Attention>& layers,
                                      const datasets::EncodedReviews& samples,
                                      torch::Device device = torch::kCPU);

/// Says them as history of the split valid. `stage` is untrained or trained.
///   NAME_STAGE                  the number NAME; step: the layer, from 0 as in the weights' names
///   NAME_STAGE_layerL_headH     the series NAME of a head; step: the place in it, from 1
void ReportDiagnoses(const std::vector<Diagnosis>& layers, std::string_view stage,
                     RunObserver& observer);

/// Says each number as a final metric, NAME: its mean over the layers.
void ReportDiagnosedMeans(const std::vector<Diagnosis>& layers, RunObserver& observer);

}  // namespace sweepformer::model
