#pragma once

#include <torch/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "orchestrator/core/status.h"

namespace sweepformer::model {

/// What a safetensors file holds (github.com/huggingface/safetensors): tensors by name and a few
/// words about them. On disk: 8 bytes little-endian length of the header, the header (JSON: name →
/// dtype, shape, data_offsets; "__metadata__" → texts), the tensors' bytes without gaps.
struct TensorFile {
  std::map<std::string, torch::Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// The file's bytes, piece by piece, without a copy of a tensor that is contiguous and on the CPU.
/// Tensors are F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL; throws c10::Error for another
/// type, before any piece.
void EmitSafetensors(const TensorFile& file, const std::function<void(std::string_view)>& sink);

/// Reads such a file into tensors of its own. InvalidArgument for anything that breaks the format:
/// a cut file, a header that is longer than the file or no JSON, an unknown dtype, offsets that
/// overlap, leave a gap or do not fit the shape.
Result<TensorFile> ParseSafetensors(std::string_view bytes);

/// The same without copies: the tensors are views of `bytes`, which must outlive them, for reading
/// only.
Result<TensorFile> ViewSafetensors(std::string_view bytes);

/// ParseSafetensors of a file, which messages name. NotFound if it is missing.
Result<TensorFile> ReadSafetensors(const std::filesystem::path& path);

}  // namespace sweepformer::model
