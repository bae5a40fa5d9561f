#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "model/safetensors.h"
#include "orchestrator/core/status.h"

namespace sweepformer::model {

/// The state of something that goes on later, written down or given back. Each part of a run names
/// what it holds once, in a function that serves both directions. Numbers come back bit for bit.
class StateArchive {
 public:
  /// One that writes down. Tensors are not copied: write the file before they change.
  StateArchive() = default;

  /// One that gives back what such a file holds.
  explicit StateArchive(const TensorFile& from) : file_(from), loading_(true) {}

  bool loading() const { return loading_; }

  /// Loading, the numbers are copied into `tensor`, whose shape and type must be theirs.
  void Visit(const std::string& name, const torch::Tensor& tensor);
  void Visit(const std::string& name, std::int64_t& number);
  void Visit(const std::string& name, double& number);
  void Visit(const std::string& name, std::string& text);

  /// Of loading: what is missing or does not fit, the first of it.
  const Status& status() const { return status_; }
  const TensorFile& file() const { return file_; }

 private:
  void Object(const std::string& name, const char* what);

  TensorFile file_;
  bool loading_ = false;
  Status status_;
};

}  // namespace sweepformer::model
