#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/completion/slot.h"

namespace sweepformer::cli {

/// What a word may become.
struct Offer {
  std::string word;
  std::string doc;  ///< one line, or empty
};

/// What the shells are to do for a slot.
struct Offers {
  std::vector<Offer> words;
  std::string directive;  ///< ":files", ":files .toml", ":folders": the shell's own; else empty
};

/// Asks the tables, the store and the spec that the command line names. What cannot be read offers
/// nothing. Starts nothing and makes no file.
Offers OffersFor(const Slot& slot);

/// Whether an argument of this name is known here, if only as one that cannot be completed.
bool IsKnownKind(std::string_view kind);

/// A line "word<TAB>doc" per offer, then the directive.
std::string OfferText(const Offers& offers);

}  // namespace sweepformer::cli
