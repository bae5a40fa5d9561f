#include "model/state_archive.h"

#include <fmt/format.h>

#include <cstdlib>

namespace sweepformer::model {

void StateArchive::Object(const std::string& name, const char* what) {
  if (status_.ok()) status_ = InvalidArgument(fmt::format("its '{}' {}", name, what));
}

void StateArchive::Visit(const std::string& name, const torch::Tensor& tensor) {
  if (!loading_) {
    file_.tensors.insert_or_assign(name, tensor);
    return;
  }
  const auto found = file_.tensors.find(name);
  if (found == file_.tensors.end()) return Object(name, "is missing");
  const torch::Tensor& stored = found->second;
  if (stored.sizes() != tensor.sizes() || stored.scalar_type() != tensor.scalar_type()) {
    return Object(name, "has another shape or type than this run's");
  }
  const torch::NoGradGuard no_grad;
  tensor.detach().copy_(stored);
}

void StateArchive::Visit(const std::string& name, std::string& text) {
  if (!loading_) {
    file_.metadata.insert_or_assign(name, text);
    return;
  }
  const auto found = file_.metadata.find(name);
  if (found == file_.metadata.end()) return Object(name, "is missing");
  text = found->second;
}

void StateArchive::Visit(const std::string& name, std::int64_t& number) {
  std::string text = std::to_string(number);
  Visit(name, text);
  if (loading_) number = std::strtoll(text.c_str(), nullptr, 10);
}

void StateArchive::Visit(const std::string& name, double& number) {
  std::string text = fmt::format("{}", number);  // the shortest text that is read back as it
  Visit(name, text);
  if (loading_) number = std::strtod(text.c_str(), nullptr);
}

}  // namespace sweepformer::model
