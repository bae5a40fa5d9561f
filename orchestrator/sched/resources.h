#pragma once

#include <map>
#include <string>

#include "orchestrator/core/status.h"
#include "orchestrator/spec/sweep_spec.h"

namespace sweepformer {

/// Amounts by resource name: "cpus", "mem" (bytes), "slots", "gpus", anything else.
using Resources = std::map<std::string, double>;

/// What one run takes while it is running: a slot, its CPUs (`threads` unless limited), and what
/// its limits name. A run without a memory limit is admitted freely.
Resources NeedOf(const Limits& limits, int threads);

/// What a machine offers and how much of it is taken. It has none of a resource it does not know.
class ResourcePool {
 public:
  explicit ResourcePool(Resources total) : offered_(total), total_(std::move(total)) {}

  bool Fits(const Resources& need) const;
  void Take(const Resources& need);
  void Give(const Resources& need);

  /// From now on there is no more than `total` of a resource.
  void Lower(const std::string& name, double total);

  /// There is one more of a resource that was lowered, up to what the machine offers.
  void Raise(const std::string& name);

  /// The first resource of which `need` asks more than there is in all, or "".
  std::string Lacks(const Resources& need) const;

  double Total(const std::string& name) const;

 private:
  Resources offered_;
  Resources total_;
  Resources taken_;
};

/// The pool of this machine. `slots` > 0 is -j: that many runs at once, however many cores there
/// are; 0: as many as the cores and the memory hold. `named` are its other resources.
ResourcePool MachinePool(int slots, int cpus, double mem_bytes, Resources named = {});

}  // namespace sweepformer
