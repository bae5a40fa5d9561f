#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/status.h"

namespace sweepformer::datasets {

/// An IDX file of bytes (the form of MNIST): two zero bytes, 8 for unsigned bytes, the number of
/// dimensions, each dimension as a big-endian 32-bit number, the values in C order.
struct Idx {
  std::vector<std::int64_t> dimensions;
  std::string_view values;  ///< as many as the product of the dimensions
};

/// Views `bytes`. InvalidArgument "file: ..." for another form and for more or fewer values than
/// the dimensions say.
Result<Idx> ReadIdx(std::string_view bytes, const std::string& file);

}  // namespace sweepformer::datasets
