#include "model/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "model/linformer_attention.h"
#include "model/lora.h"
#include "orchestrator/core/crash_point.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/hash.h"
#include "orchestrator/core/parameter_table.h"

namespace sweepformer::model {
namespace {

constexpr const char* kVocabulary = "vocabulary";
constexpr const char* kRun = "run";
constexpr const char* kData = "data";
constexpr const char* kPart = "part";
constexpr const char* kProjection = "projection";
constexpr const char* kHash = "xxh3_128";
/// What the division of a data set into parts depends on.
constexpr const char* kOfParts[] = {"split_seed", "valid_share", "test_share", "domain",
                                    "test_path"};
constexpr std::string_view kEmbedding = "embedding.weight";
constexpr std::string_view kPositions = "positions.weight";

struct Entry {
  torch::Tensor tensor;
  bool is_parameter = false;
};

/// Parameters and buffers by name.
std::map<std::string, Entry> StateOf(const torch::nn::Module& module) {
  std::map<std::string, Entry> state;
  for (const auto& parameter : module.named_parameters()) {
    state[parameter.key()] = {parameter.value(), true};
  }
  for (const auto& buffer : module.named_buffers()) state[buffer.key()] = {buffer.value(), false};
  return state;
}

torch::Tensor TextTensor(std::string_view text) {
  torch::Tensor bytes = torch::empty({static_cast<std::int64_t>(text.size())}, torch::kUInt8);
  std::memcpy(bytes.data_ptr(), text.data(), text.size());
  return bytes;
}

torch::Tensor VocabularyTensor(const datasets::Vocabulary& vocabulary) {
  std::string lines;
  for (const std::string& word : vocabulary.Words()) lines += word + "\n";
  return TextTensor(lines);
}

/// Pairs of rows: where a number comes from and where it goes.
struct Rows {
  std::vector<std::int64_t> from, to;

  void Add(std::int64_t a, std::int64_t b) {
    from.push_back(a);
    to.push_back(b);
  }
  std::int64_t size() const { return static_cast<std::int64_t>(to.size()); }
};

Rows FirstRows(std::int64_t count) {
  Rows rows;
  for (std::int64_t row = 0; row < count; ++row) rows.Add(row, row);
  return rows;
}

/// The rows of words that both vocabularies know, the special ones first.
Rows RowsByWord(std::string_view lines, const datasets::Vocabulary& vocabulary) {
  Rows rows = FirstRows(datasets::kSpecialIds);
  for (std::int64_t id = datasets::kSpecialIds; !lines.empty(); ++id) {
    const std::size_t length = std::min(lines.find('\n'), lines.size());
    const std::int32_t here = vocabulary.Id(lines.substr(0, length));
    if (here != datasets::kUnknown) rows.Add(id, here);
    lines.remove_prefix(std::min(length + 1, lines.size()));
  }
  return rows;
}

/// Where a projection of Longformer's global tokens starts: at the ordinary one, as when it is
/// drawn. Any other name as it is.
std::string OrdinaryOf(std::string name) {
  constexpr std::string_view kGlobal = ".global_";
  const std::size_t at = name.rfind(kGlobal);
  if (at != std::string::npos) name.erase(at + 1, kGlobal.size() - 1);
  return name;
}

/// Takes what fits from a file into a module's state and keeps the report.
class Loader {
 public:
  /// `projection`: of the module, if it has any.
  Loader(const TensorFile& weights, const datasets::Vocabulary& vocabulary,
         std::optional<Projection> projection)
      : weights_(weights), vocabulary_(vocabulary), projection_(projection) {}

  void Take(const std::string& name, Entry into) {
    auto found = weights_.tensors.find(name);
    if (found == weights_.tensors.end()) found = weights_.tensors.find(OrdinaryOf(name));
    if (found == weights_.tensors.end()) return report_.missing.push_back(name);
    const std::int64_t taken = TakeFrom(name, found->second, into.tensor);
    if (into.is_parameter) loaded_ += taken;
  }

  Result<LoadReport> Finish(const std::map<std::string, Entry>& state) {
    std::int64_t all = 0;
    for (const auto& [name, one] : state) all += one.is_parameter ? one.tensor.numel() : 0;
    for (const auto& [name, tensor] : weights_.tensors) {
      if (!state.contains(name) && name != kVocabulary) report_.extra.push_back(name);
    }
    if (loaded_ == 0) {
      return InvalidArgument(fmt::format(
          "none of its {} tensors ({}) fits a parameter of this model by name and shape",
          weights_.tensors.size(), FirstName()));
    }
    report_.loaded_share = static_cast<double>(loaded_) / static_cast<double>(all);
    return std::move(report_);
  }

 private:
  /// The numbers taken.
  std::int64_t TakeFrom(const std::string& name, const torch::Tensor& from, torch::Tensor& into) {
    if (const std::string other = OtherKind(name); !other.empty()) {
      return Leave(name, ProjectionWord(*projection_), other);
    }
    if (const auto rows = MatchRows(name, from, into)) return TakeRows(name, *rows, from, into);
    if (IsOfOtherLength(name, from, into)) return TakeColumns(name, from, into);
    if (from.sizes() != into.sizes()) return Leave(name, ShapeOf(into), ShapeOf(from));
    into.copy_(from);
    report_.loaded.push_back(name);
    return into.numel();
  }

  /// The file has something else of this name.
  std::int64_t Leave(const std::string& name, const std::string& here, const std::string& there) {
    report_.missing.push_back(fmt::format("{}: {} here, {} in the file", name, here, there));
    return 0;
  }

  static std::string ShapeOf(const torch::Tensor& tensor) {
    return fmt::format("{}", fmt::join(tensor.sizes(), "×"));
  }

  static bool IsProjection(const std::string& name) {
    return name.ends_with(".E") || name.ends_with(".F");
  }

  /// Of what kind a projection in the file is, if it says so and the model's is of another: numbers
  /// that mean something else, even where the shapes agree. Else empty.
  std::string OtherKind(const std::string& name) const {
    const auto kind = weights_.metadata.find(kProjection);
    if (!IsProjection(name) || !projection_ || kind == weights_.metadata.end()) return "";
    return kind->second == ProjectionWord(*projection_) ? "" : kind->second;
  }

  /// How the rows of two tables of equal width go together; nullopt for all other tensors.
  std::optional<Rows> MatchRows(const std::string& name, const torch::Tensor& from,
                                const torch::Tensor& into) const {
    const bool tables = from.dim() == 2 && into.dim() == 2 && from.size(1) == into.size(1);
    if (!tables) return std::nullopt;
    if (name == kPositions) return FirstRows(std::min(from.size(0), into.size(0)));
    const auto words = weights_.tensors.find(kVocabulary);
    if (name != kEmbedding || words == weights_.tensors.end()) return std::nullopt;
    const torch::Tensor& bytes = words->second;
    if (bytes.scalar_type() != torch::kUInt8) return std::nullopt;
    Rows rows =
        RowsByWord({static_cast<const char*>(bytes.data_ptr()), bytes.nbytes()}, vocabulary_);
    if (rows.from.back() >= from.size(0)) return std::nullopt;  // not the words of this table
    return rows;
  }

  /// Whether it is a Linformer's projection [..., k, n] of another n. An input that fits both uses
  /// the columns they have in common. Those of a convolution are channels.
  bool IsOfOtherLength(const std::string& name, const torch::Tensor& from,
                       const torch::Tensor& into) const {
    const bool is_matrix = IsProjection(name) && projection_ && IsMatrix(*projection_);
    return is_matrix && from.dim() == into.dim() && from.dim() >= 2 &&
           from.size(-1) != into.size(-1) &&
           from.sizes().slice(0, from.dim() - 1) == into.sizes().slice(0, into.dim() - 1);
  }

  std::int64_t TakeColumns(const std::string& name, const torch::Tensor& from,
                           torch::Tensor& into) {
    const std::int64_t count = std::min(from.size(-1), into.size(-1));
    const torch::Tensor taken = from.narrow(-1, 0, count);
    into.narrow(-1, 0, count).copy_(taken);
    if (count == into.size(-1)) {
      report_.loaded.push_back(name);
    } else {
      report_.partly.push_back(fmt::format("{}: {} of {} columns", name, count, into.size(-1)));
    }
    return taken.numel();
  }

  std::int64_t TakeRows(const std::string& name, const Rows& rows, const torch::Tensor& from,
                        torch::Tensor& into) {
    const torch::Tensor taken = from.index_select(0, torch::tensor(rows.from));
    into.index_copy_(0, torch::tensor(rows.to).to(into.device()),
                     taken.to(into.device(), into.scalar_type()));
    if (rows.size() == into.size(0)) {
      report_.loaded.push_back(name);
    } else {
      report_.partly.push_back(fmt::format("{}: {} of {} rows", name, rows.size(), into.size(0)));
    }
    return rows.size() * into.size(1);
  }

  std::string FirstName() const {
    return weights_.tensors.empty()
               ? "it is empty"
               : fmt::format("'{}' and so on", weights_.tensors.begin()->first);
  }

  const TensorFile& weights_;
  const datasets::Vocabulary& vocabulary_;
  std::optional<Projection> projection_;
  LoadReport report_;
  std::int64_t loaded_ = 0;
};

/// Of the file without its hash.
std::string HashOf(const TensorFile& file) {
  Hasher hasher;
  EmitSafetensors(file, [&](std::string_view piece) { hasher.Add(piece); });
  return hasher.Hex();
}

/// Takes the hash out of `file`, if it has one. InvalidArgument if it is that of something else.
Status CheckHash(TensorFile& file) {
  const auto hash = file.metadata.extract(kHash);
  if (hash.empty() || hash.mapped() == HashOf(file)) return {};
  return InvalidArgument("it was altered: its checksum does not fit");
}

Result<TensorFile> ReadWhole(const std::filesystem::path& path) {
  SF_ASSIGN(TensorFile file, ReadSafetensors(path));
  if (const Status whole = CheckHash(file); !whole.ok()) return whole.WithContext(path.string());
  return file;
}

}  // namespace

std::string PartOf(const Parameters& resolved) {
  Parameters part;
  for (const char* name : kOfParts) {
    if (const auto it = resolved.find(name); it != resolved.end()) part.insert(*it);
  }
  return CanonicalJson(part);
}

std::string SeenElsewhere(const TensorFile& weights, const WeightsOrigin& own) {
  const auto data = weights.metadata.find(kData), part = weights.metadata.find(kPart);
  if (data == weights.metadata.end() || part == weights.metadata.end()) return "";
  if (data->second != own.data || part->second == own.part) return "";
  return fmt::format(
      "the weights it starts from were trained on another part of the same data ({}, here {}): it "
      "may be tested on what they have seen",
      part->second, own.part);
}

TensorFile WeightsOf(const ClassifierImpl& classifier, const datasets::Vocabulary& vocabulary,
                     const WeightsOrigin& origin) {
  TensorFile file;
  for (const auto& [name, one] : StateOf(classifier)) file.tensors[name] = one.tensor;
  file.tensors[kVocabulary] = VocabularyTensor(vocabulary);
  file.metadata = {
      {kRun, origin.run}, {kData, origin.data}, {kPart, origin.part}, {"format", "pt"}};
  if (const auto alpha = LoraAlphaOf(classifier)) {
    file.metadata[kLoraAlpha] = fmt::format("{}", *alpha);
  }
  if (const auto kind = ProjectionOf(classifier)) {
    file.metadata[kProjection] = ProjectionWord(*kind);
  }
  return file;
}

Status SaveWeights(const ClassifierImpl& classifier, const datasets::Vocabulary& vocabulary,
                   const WeightsOrigin& origin, const std::filesystem::path& path) {
  TensorFile weights = WeightsOf(classifier, vocabulary, origin);
  weights.metadata[kHash] = HashOf(weights);
  SF_ASSIGN(NewFile file, NewFile::Begin(path));
  Status written;
  EmitSafetensors(weights, [&](std::string_view piece) {
    if (written.ok()) written = file.Append(piece);
  });
  SF_TRY(written);
  Reach(CrashPoint::kWorkerInWeights);
  return file.Finish();
}

std::vector<std::string> LoadReport::Lines() const {
  std::vector<std::string> lines = {
      fmt::format("{:.1f} % of this model's parameters come from the weights it starts from",
                  100 * loaded_share)};
  const auto add = [&](std::string_view what, const std::vector<std::string>& names) {
    for (const std::string& name : names) lines.push_back(fmt::format("  {} {}", what, name));
  };
  if (merged > 0) {
    lines.push_back(fmt::format("  merged into the weights: the adapters of {} layers", merged));
  }
  add("partly loaded:", partly);
  add("not taken, stays as drawn:", missing);
  add("not of this model, left out:", extra);
  return lines;
}

Result<LoadReport> LoadWeights(const TensorFile& weights, const datasets::Vocabulary& vocabulary,
                               ClassifierImpl& classifier) {
  const torch::NoGradGuard no_grad;
  TensorFile plain = weights;
  SF_ASSIGN(const std::int64_t merged, MergeAdapters(plain));
  const auto state = StateOf(classifier);
  Loader loader(plain, vocabulary, ProjectionOf(classifier));
  for (const auto& [name, one] : state) loader.Take(name, one);
  SF_ASSIGN(LoadReport report, loader.Finish(state));
  report.merged = merged;
  return report;
}

namespace {

/// What is wrong with the weights that one run keeps for another.
Status WithWayOut(const Status& wrong) {
  if (wrong.code() != Code::kInvalidArgument) return wrong;
  return InvalidArgument(fmt::format(
      "{}; the file is damaged: remove it and run the same command again with --retry-failed, "
      "which makes it anew",
      wrong.message()));
}

}  // namespace

Result<TensorFile> ReadWeightsOf(std::string_view run, const std::filesystem::path& path) {
  auto read = ReadWhole(path);
  if (!read.ok()) return run.empty() ? read.status() : WithWayOut(read.status());
  TensorFile file = std::move(read).value();
  const std::string& maker = file.metadata[kRun];
  if (run.empty() || maker == run) return file;
  return InvalidArgument(
      fmt::format("{}: these are the weights of run '{}', not of '{}'", path.string(), maker, run));
}

}  // namespace sweepformer::model
