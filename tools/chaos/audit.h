#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "orchestrator/core/status.h"
#include "tools/chaos/campaign.h"

namespace sweepformer::chaos {

/// What the store holds after a campaign, against the store of the same sweep undisturbed.
struct Audit {
  int runs = 0;
  int succeeded = 0;
  std::map<std::string, int> attempts;  ///< by outcome
  int fewest_accepted = 0;              ///< results of a run
  int most_accepted = 0;
  int overlaps = 0;          ///< pairs of attempts of a run that were alive at once
  int judged_processes = 0;  ///< from how many processes that is known
  int figures = 0;           ///< final metrics compared, of runs in both stores
  int differing = 0;         ///< of them not equal to the last bit
  int test_hits_differing = 0;
};

/// IoError if a store cannot be read.
Result<Audit> AuditStores(const std::filesystem::path& disturbed,
                          const std::filesystem::path& undisturbed, const ProcessWatch& watch);

/// Whether nothing was lost, run twice, left alive or changed.
bool Passed(const Audit& audit, const CampaignLog& log);

/// The table of the figures.
std::string AuditText(const Audit& audit, const CampaignLog& log);

}  // namespace sweepformer::chaos
