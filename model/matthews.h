#pragma once

#include <cstdint>
#include <span>

namespace sweepformer::model {

/// Matthews correlation of answers and labels, both below `classes`: 1 all right, 0 no better than
/// chance, -1 all wrong; GLUE's figure for CoLA. Of two classes
///   (TP·TN − FP·FN) / sqrt((TP+FP)(TP+FN)(TN+FP)(TN+FN))
/// (Matthews 1975), of more Gorodkin's R_K (2004), which is the same of two. 0 where all answers,
/// or all labels, are of one class, as scikit-learn has it.
double MatthewsCorrelation(std::span<const std::int64_t> answers,
                           std::span<const std::int64_t> labels, std::int64_t classes);

}  // namespace sweepformer::model
