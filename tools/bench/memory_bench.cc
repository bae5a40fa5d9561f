// What one encoder layer holds in training, by length: measured, and as its closed form says.
//
// Workload: an encoder layer (d_model 128, 4 heads, d_ff 256, no dropout) of every design with its
// default parameters, Linformer with compression 4: forward and backward of one sample of n tokens
// without padding. Measured is the most that LibTorch's tensors held at once beyond what they held
// before, counted by the allocator; the parameters' gradients exist already. The closed form is
// EncoderLayerImpl::PeakHeld. A dash: by its closed form it would not fit this machine's free
// memory.
#include <fmt/format.h>
#include <torch/utils.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "model/backward.h"
#include "model/encoder.h"
#include "model/run_options.h"
#include "model/tensor_memory.h"
#include "tools/bench/rows.h"

using namespace sweepformer;
using namespace sweepformer::model;

namespace {

constexpr double kMib = 1024.0 * 1024;

/// Of the closed form, what has to be free: BLAS takes scratch memory of its own.
constexpr double kMargin = 1.2;

/// What the kernel says is free for new processes; 0 where it does not say.
double AvailableBytes() {
  std::ifstream memory("/proc/meminfo");
  for (std::string line; std::getline(memory, line);) {
    if (line.starts_with("MemAvailable:")) return 1024.0 * std::atof(line.c_str() + 13);
  }
  return 0;
}

double MeasuredBytes(EncoderLayer& layer, std::int64_t tokens) {
  const torch::Tensor x = torch::randn({1, tokens, 128}).requires_grad_();
  const torch::Tensor gradient = torch::ones_like(x);
  std::int64_t most = 0;
  for (int round = 0; round < 2; ++round) {  // the first makes the gradients
    const std::int64_t before = TensorMemory::live_bytes();
    TensorMemory::ResetPeak();
    const torch::Tensor out = layer(x, torch::Tensor());
    Backward(out, gradient, layer->auxiliary_loss());
    most = TensorMemory::peak_bytes() - before;
  }
  return static_cast<double>(most);
}

ModelOptions OptionsFor(const std::string& attention, std::int64_t tokens) {
  Parameters parameters = {{"attention", attention},
                           {"d_model", std::int64_t{128}},
                           {"max_length", tokens},
                           {"dropout", 0.0},
                           {"d_ff", std::int64_t{256}}};
  if (attention == "linformer") parameters["compression"] = std::int64_t{4};
  const auto options = ReadRunOptions(parameters);
  if (!options.ok()) {
    fmt::print(stderr, "{}: {}\n", attention, options.status().message());
    std::exit(1);
  }
  return options->model;
}

}  // namespace

int main(int argc, char** argv) {
  TensorMemory::Install();
  const std::int64_t longest = argc > 1 ? std::atoll(argv[1]) : 16384;
  fmt::print("{:<12}{:>8}{:>14}{:>14}{:>8}\n", "design", "n", "measured MiB", "closed MiB",
             "ratio");
  for (const AttentionDesign& design : AttentionDesigns()) {
    const std::string name(design.name);
    for (std::int64_t tokens = 256; tokens <= longest; tokens *= 2) {
      const ModelOptions options = OptionsFor(name, tokens);
      EncoderLayer layer(options.encoder, options.attention({}));
      layer->train();
      const double closed = 4.0 * layer->PeakHeld(tokens) / kMib;
      if (kMargin * closed > AvailableBytes() / kMib) {
        fmt::print("{:<12}{:>8}{:>14}{:>14.2f}{:>8}\n", name, tokens, "-", closed, "-");
        continue;
      }
      const double measured = MeasuredBytes(layer, tokens) / kMib;
      fmt::print("{:<12}{:>8}{:>14.2f}{:>14.2f}{:>8.3f}\n", name, tokens, measured, closed,
                 measured / closed);
      std::fflush(stdout);
      if (tokens * 2 > longest) {
        bench::AppendRow("memory_bench",
                         {fmt::format("training memory of a layer, {}, n = {}", name, tokens),
                          "MiB", measured, closed, "closed form", ""});
      }
    }
  }
}
