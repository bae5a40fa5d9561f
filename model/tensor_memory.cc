#include "model/tensor_memory.h"

#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace sweepformer::model {
namespace {

std::atomic<std::int64_t> live{0};
std::atomic<std::int64_t> peak{0};

/// In front of every block; as long as the alignment LibTorch promises its kernels.
constexpr std::size_t kHeaderBytes = 64;

void RaisePeak(std::int64_t bytes) {
  std::int64_t seen = peak.load();
  while (bytes > seen && !peak.compare_exchange_weak(seen, bytes)) {
  }
}

c10::Allocator* wrapped = nullptr;

void Release(void* block) {
  if (block == nullptr) return;
  void* const start = static_cast<std::byte*>(block) - kHeaderBytes;
  live.fetch_sub(*static_cast<std::int64_t*>(start));
  wrapped->raw_deallocate(start);
}

class CountingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) const override {
    if (bytes == 0) return {nullptr, nullptr, &Release, c10::DeviceType::CPU};
    void* const start = wrapped->raw_allocate(bytes + kHeaderBytes);
    *static_cast<std::int64_t*>(start) = static_cast<std::int64_t>(bytes);
    const auto grown = static_cast<std::int64_t>(bytes);
    RaisePeak(live.fetch_add(grown) + grown);
    void* const block = static_cast<std::byte*>(start) + kHeaderBytes;
    return {block, block, &Release, c10::DeviceType::CPU};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &Release; }
};

}  // namespace

void TensorMemory::Install() {
  static CountingAllocator counting;
  if (wrapped != nullptr) return;
  wrapped = c10::GetCPUAllocator();
  c10::SetCPUAllocator(&counting);
}

std::int64_t TensorMemory::live_bytes() { return live.load(); }
std::int64_t TensorMemory::peak_bytes() { return peak.load(); }
void TensorMemory::ResetPeak() { peak.store(live.load()); }
void TensorMemory::RaisePeakTo(std::int64_t bytes) { RaisePeak(bytes); }
TensorMemory::Aside::~Aside() { peak.store(std::max(peak_, live.load())); }

}  // namespace sweepformer::model
