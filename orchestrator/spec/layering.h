#pragma once

#include "orchestrator/spec/sweep_spec.h"

namespace sweepformer {

/// What a file says of a parameter takes the place of what a file read before it said: where the
/// old stood if both are of one kind, else the old is dropped and the new is added at the end.
/// Within one file nothing is replaced, and a parameter of a zip of several columns never is:
/// those are told as given twice.
void AddSetting(Setting setting, SweepSpec& spec);
void AddDimension(GridDimension dimension, SweepSpec& spec);
void AddDerived(Derived derived, SweepSpec& spec);

}  // namespace sweepformer
