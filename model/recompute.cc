#include "model/recompute.h"

#include <ATen/Context.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <memory>
#include <utility>

namespace sweepformer::model {
namespace {

using Function = std::function<torch::Tensor(const torch::Tensor&)>;

/// Where torch's generators stand: that of the CPU, and of the GPU for what is computed there.
class GeneratorStates {
 public:
  explicit GeneratorStates(torch::Device device) : device_(device) {
    cpu_ = Generator(torch::kCPU).get_state();
    if (!device.is_cpu()) own_ = Generator(device).get_state();
  }
  void Restore() const {
    Generator(torch::kCPU).set_state(cpu_);
    if (own_.defined()) Generator(device_).set_state(own_);
  }

 private:
  static at::Generator Generator(torch::Device device) {
    return at::globalContext().defaultGenerator(device);
  }

  torch::Device device_;
  torch::Tensor cpu_, own_;
};

/// The backward pass.
class Recomputation final : public torch::autograd::Node {
 public:
  Recomputation(const torch::Tensor& x, Function function)
      : states_(x.device()), x_(x.detach()), function_(std::move(function)) {}

  torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
    TORCH_CHECK(x_.defined(), "a second backward pass needs retain_graph");
    const torch::AutoGradMode with_graph(true);
    const torch::Tensor x = x_.detach().requires_grad_();
    const GeneratorStates now(x.device());
    states_.Restore();
    const torch::Tensor out = function_(x);
    now.Restore();
    torch::autograd::backward({out}, {gradients[0]});
    return {x.grad()};
  }

  void release_variables() override {
    x_ = torch::Tensor();
    function_ = {};
  }

 private:
  GeneratorStates states_;
  torch::Tensor x_;
  Function function_;
};

}  // namespace

torch::Tensor Recomputed(const torch::Tensor& x, Function function) {
  if (!torch::GradMode::is_enabled()) return function(x);
  const torch::Tensor input = x.requires_grad() ? x : x.detach().requires_grad_();
  const std::shared_ptr<Recomputation> backward(new Recomputation(input, function),
                                                torch::autograd::deleteNode);
  backward->set_next_edges(torch::autograd::collect_next_edges(input));
  const torch::NoGradGuard no_graph;
  torch::Tensor out = function(input.detach());
  torch::autograd::set_history(out, backward);
  return out;
}

}  // namespace sweepformer::model
