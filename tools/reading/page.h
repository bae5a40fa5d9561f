#pragma once

#include <cstddef>

namespace sweepformer {

/// What a text is laid out for.
struct Page {
  std::size_t columns = 80;
  bool unicode = true;  ///< characters that draw may be beyond ASCII
};

/// Standard output: as wide as its terminal, 80 columns where it is none; Unicode if the locale of
/// the environment (LC_ALL, LC_CTYPE, LANG) is a UTF-8 one.
Page OutputPage();

}  // namespace sweepformer
