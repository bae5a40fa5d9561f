#include "model/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "orchestrator/core/file.h"

namespace sweepformer::model {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

using nlohmann::json;

constexpr std::string_view kMetadata = "__metadata__";
constexpr std::size_t kLengthBytes = sizeof(std::uint64_t);

struct Dtype {
  std::string_view word;
  torch::ScalarType type;
};

constexpr std::array kDtypes = {Dtype{"F64", torch::kFloat64}, Dtype{"F32", torch::kFloat32},
                                Dtype{"F16", torch::kFloat16}, Dtype{"BF16", torch::kBFloat16},
                                Dtype{"I64", torch::kInt64},   Dtype{"I32", torch::kInt32},
                                Dtype{"I16", torch::kInt16},   Dtype{"I8", torch::kInt8},
                                Dtype{"U8", torch::kUInt8},    Dtype{"BOOL", torch::kBool}};

std::string_view WordOf(torch::ScalarType type) {
  for (const Dtype& dtype : kDtypes) {
    if (dtype.type == type) return dtype.word;
  }
  TORCH_CHECK(false, "safetensors has no word for ", type);
}

std::optional<torch::ScalarType> TypeOf(const json& word) {
  for (const Dtype& dtype : kDtypes) {
    if (word == dtype.word) return dtype.type;
  }
  return std::nullopt;
}

/// Where a tensor stands among the bytes that follow the header.
struct Place {
  std::string name;
  torch::ScalarType type = torch::kFloat32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Bytes of a tensor of this shape; nullopt beyond 2^63, where no file reaches.
std::optional<std::uint64_t> BytesOf(const Place& place) {
  std::uint64_t bytes = torch::elementSize(place.type);
  for (const std::int64_t size : place.shape) {
    const auto factor = static_cast<std::uint64_t>(size);
    if (factor != 0 && bytes > std::numeric_limits<std::int64_t>::max() / factor) return {};
    bytes *= factor;
  }
  return bytes;
}

bool AllWhole(const json& list) {
  return list.is_array() && std::all_of(list.begin(), list.end(), [](const json& number) {
           return number.is_number_unsigned() && number <= std::numeric_limits<std::int64_t>::max();
         });
}

json Member(const json& object, const char* name) {
  return object.is_object() && object.contains(name) ? object[name] : json();
}

Result<Place> PlaceOf(const std::string& name, const json& entry) {
  const auto broken = [&](const std::string& what) {
    return InvalidArgument(fmt::format("tensor '{}': {}", name, what));
  };
  const json shape = Member(entry, "shape"), offsets = Member(entry, "data_offsets");
  const auto type = TypeOf(Member(entry, "dtype"));
  if (!type) return broken(fmt::format("unknown dtype {}", Member(entry, "dtype").dump()));
  if (!AllWhole(shape)) return broken("shape is not a list of whole numbers");
  if (!AllWhole(offsets) || offsets.size() != 2) return broken("data_offsets are not two numbers");
  Place place{name, *type, shape, offsets[0], offsets[1]};
  const auto bytes = BytesOf(place);
  if (!bytes || place.end < place.begin || place.end - place.begin != *bytes) {
    return broken(fmt::format("data_offsets {} do not fit {} {}", offsets.dump(),
                              std::string(WordOf(*type)), shape.dump()));
  }
  return place;
}

/// Refuses offsets that leave a gap, overlap or do not end where the file does.
Status CheckCover(std::vector<Place>& places, std::uint64_t size) {
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t at = 0;
  for (const Place& place : places) {
    if (place.begin != at) {
      return InvalidArgument(fmt::format("tensor '{}' begins at byte {}, where {} was expected",
                                         place.name, place.begin, at));
    }
    at = place.end;
  }
  if (at == size) return {};
  return InvalidArgument(
      fmt::format("the tensors take {} bytes and the file holds {}: it was cut off or is no "
                  "safetensors file",
                  at, size));
}

/// Numbers where they stand in the file; a view of it.
torch::Tensor ViewOf(const Place& place, std::string_view data) {
  char* const begin = const_cast<char*>(data.data() + place.begin);  // torch knows no const tensors
  return torch::from_blob(begin, place.shape, place.type);
}

/// Byte by byte: a view need not be aligned for its type.
torch::Tensor OwnCopy(const torch::Tensor& view) {
  torch::Tensor copy = torch::empty(view.sizes(), view.scalar_type());
  if (view.numel() > 0) std::memcpy(copy.data_ptr(), view.data_ptr(), view.nbytes());
  return copy;
}

Result<std::map<std::string, std::string>> MetadataOf(const json& header) {
  std::map<std::string, std::string> texts;
  if (!header.contains(kMetadata)) return texts;
  for (const auto& [name, text] : header[std::string(kMetadata)].items()) {
    if (!text.is_string()) return InvalidArgument("__metadata__ holds something else than text");
    texts.emplace(name, text);
  }
  return texts;
}

/// The header's JSON, and how many bytes it and its length take.
Result<std::pair<json, std::size_t>> HeaderOf(std::string_view bytes) {
  std::uint64_t length = 0;
  if (bytes.size() < kLengthBytes) {
    return InvalidArgument(fmt::format("it has {} bytes: no safetensors file", bytes.size()));
  }
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > bytes.size() - kLengthBytes) {
    return InvalidArgument(
        fmt::format("its header would take {} bytes and the file has {}: it was cut off or is no "
                    "safetensors file",
                    length, bytes.size()));
  }
  json header =
      json::parse(bytes.substr(kLengthBytes, length), nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) return InvalidArgument("its header is not a JSON object");
  return std::pair(std::move(header), kLengthBytes + static_cast<std::size_t>(length));
}

/// Wide types first, so that every tensor is aligned for its type.
std::vector<std::pair<std::string, torch::Tensor>> InFileOrder(const TensorFile& file) {
  std::vector<std::pair<std::string, torch::Tensor>> all(file.tensors.begin(), file.tensors.end());
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.second.element_size() > b.second.element_size();
  });
  return all;
}

}  // namespace

void EmitSafetensors(const TensorFile& file, const std::function<void(std::string_view)>& sink) {
  const auto tensors = InFileOrder(file);
  json header = {{std::string(kMetadata), file.metadata}};
  std::size_t size = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t begin = std::exchange(size, size + tensor.nbytes());
    header[name] = {{"dtype", WordOf(tensor.scalar_type())},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {begin, size}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes, ' ');
  const std::uint64_t length = text.size();
  sink({reinterpret_cast<const char*>(&length), kLengthBytes});
  sink(text);
  for (const auto& [name, tensor] : tensors) {
    const torch::Tensor plain = tensor.detach().to(torch::kCPU).contiguous();
    sink({static_cast<const char*>(plain.data_ptr()), plain.nbytes()});
  }
}

Result<TensorFile> ViewSafetensors(std::string_view bytes) {
  SF_ASSIGN(const auto header_and_size, HeaderOf(bytes));
  const auto& [header, header_size] = header_and_size;
  const std::string_view data = bytes.substr(header_size);
  TensorFile file;
  SF_ASSIGN(file.metadata, MetadataOf(header));
  std::vector<Place> places;
  for (const auto& [name, entry] : header.items()) {
    if (name == kMetadata) continue;
    SF_ASSIGN(Place place, PlaceOf(name, entry));
    places.push_back(std::move(place));
  }
  SF_TRY(CheckCover(places, data.size()));
  for (const Place& place : places) file.tensors.emplace(place.name, ViewOf(place, data));
  return file;
}

Result<TensorFile> ParseSafetensors(std::string_view bytes) {
  SF_ASSIGN(TensorFile file, ViewSafetensors(bytes));
  for (auto& [name, tensor] : file.tensors) tensor = OwnCopy(tensor);
  return file;
}

Result<TensorFile> ReadSafetensors(const std::filesystem::path& path) {
  SF_ASSIGN(const std::string bytes, ReadFile(path));
  auto file = ParseSafetensors(bytes);
  if (!file.ok()) return file.status().WithContext(path.string());
  return file;
}

}  // namespace sweepformer::model
