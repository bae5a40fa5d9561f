#pragma once

#include <optional>

namespace sweepformer {

/// What a paired t-test is asked to do; the usual figures.
struct TestDesign {
  double alpha = 0.05;  ///< two-sided: how often it may see a difference where there is none
  double power = 0.8;   ///< how often it must see one that is there
};

/// How often a two-sided paired t-test over `pairs` differences sees a true difference of `shift`
/// standard deviations of these differences (noncentral t, pairs - 1 degrees of freedom). `pairs`
/// is 2 or more.
double PairedPower(double shift, int pairs, double alpha);

/// The smallest true difference, in standard deviations of the differences between runs of the same
/// seed, that `pairs` seeds let the test see. None for fewer than two: a single difference has no
/// spread to be held against.
std::optional<double> DetectableShift(int pairs, const TestDesign& design = {});

}  // namespace sweepformer
