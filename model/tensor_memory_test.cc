#include "model/tensor_memory.h"

#include <torch/types.h>
#include <barrier>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace sweepformer::model {
namespace {

TEST_CASE("tensor memory counts exactly what live tensors hold", "[tensor_memory]") {
  TensorMemory::Install();
  const std::int64_t before = TensorMemory::live_bytes();
  {
    const torch::Tensor x = torch::empty({100, 25});
    CHECK(TensorMemory::live_bytes() - before == 100 * 25 * 4);
    const torch::Tensor view = x.narrow(0, 0, 10);
    CHECK(TensorMemory::live_bytes() - before == 100 * 25 * 4);
    const torch::Tensor wide = torch::empty({3}, torch::kFloat64);
    CHECK(TensorMemory::live_bytes() - before == 100 * 25 * 4 + 24);
  }
  CHECK(TensorMemory::live_bytes() == before);
}

TEST_CASE("the peak is the highest level since it was reset", "[tensor_memory]") {
  TensorMemory::Install();
  TensorMemory::ResetPeak();
  const std::int64_t before = TensorMemory::live_bytes();
  CHECK(TensorMemory::peak_bytes() == before);
  { const torch::Tensor large = torch::empty({1000}); }
  const torch::Tensor small = torch::empty({10});
  CHECK(TensorMemory::peak_bytes() == before + 4000);
  TensorMemory::ResetPeak();
  CHECK(TensorMemory::peak_bytes() == before + 40);
}

TEST_CASE("what is set aside does not show in the peak, what stays does", "[tensor_memory]") {
  TensorMemory::Install();
  TensorMemory::ResetPeak();
  const std::int64_t before = TensorMemory::live_bytes();
  torch::Tensor kept;
  {
    const TensorMemory::Aside aside;
    const torch::Tensor passing = torch::empty({1000});
    kept = torch::empty({10});
  }
  CHECK(TensorMemory::peak_bytes() == before + 40);
  TensorMemory::RaisePeakTo(before + 500);
  CHECK(TensorMemory::peak_bytes() == before + 500);
  TensorMemory::RaisePeakTo(before);
  CHECK(TensorMemory::peak_bytes() == before + 500);
}

TEST_CASE("the peak over several threads is the level they reached together", "[tensor_memory]") {
  TensorMemory::Install();
  for (int round = 0; round < 20; ++round) {
    TensorMemory::ResetPeak();
    const std::int64_t before = TensorMemory::live_bytes();
    std::barrier all_hold(4);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const torch::Tensor held = torch::empty({1000});
        all_hold.arrive_and_wait();
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(TensorMemory::peak_bytes() == before + 4 * 4000);
    CHECK(TensorMemory::live_bytes() == before);
  }
}

TEST_CASE("tensors made before the count began stay valid", "[tensor_memory]") {
  const torch::Tensor early = torch::ones({64});
  TensorMemory::Install();
  CHECK(early.sum().item<double>() == 64);
  const torch::Tensor empty = torch::empty({0});
  CHECK(empty.numel() == 0);
}

TEST_CASE("tensors keep the alignment LibTorch's kernels want", "[tensor_memory]") {
  TensorMemory::Install();
  for (const std::int64_t size : {1, 7, 1000}) {
    const torch::Tensor x = torch::empty({size});
    CHECK(reinterpret_cast<std::uintptr_t>(x.data_ptr()) % 64 == 0);
  }
}

}  // namespace
}  // namespace sweepformer::model
