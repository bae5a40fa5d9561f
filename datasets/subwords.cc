#include "datasets/subwords.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "datasets/vocabulary.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/unique_fd.h"

namespace sweepformer::datasets {
namespace {

std::filesystem::path ProgramPath() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path() /
         "sweepformer-subwords";
}

/// A file without a name, for what a process reads or writes: unlike a pipe it never fills up.
class Scratch {
 public:
  Scratch() : fd_(::memfd_create("subwords", MFD_CLOEXEC)) {}
  int fd() const { return fd_.get(); }

  Status Fill(std::string_view content) {
    while (!content.empty()) {
      const ssize_t n = ::write(fd(), content.data(), content.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return IoError(fmt::format("no memory for texts: {}", std::strerror(errno)));
      content.remove_prefix(static_cast<std::size_t>(n));
    }
    return ::lseek(fd(), 0, SEEK_SET) == 0 ? Status() : IoError("no memory for texts");
  }

  Result<std::string> Content() const { return ReadFile(fmt::format("/proc/self/fd/{}", fd())); }

 private:
  UniqueFd fd_;
};

/// The exit code of the program with these descriptors, -1 if it did not exit by itself.
Result<int> Run(const std::filesystem::path& program, std::vector<std::string> arguments,
                const Scratch& input, const Scratch& output, const Scratch& errors) {
  arguments.insert(arguments.begin(), program.string());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.fd(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.fd(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors.fd(), STDERR_FILENO);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    return NotFound(
        fmt::format("{}: cannot be started ({}); a subword tokenizer needs it beside "
                    "this program, where 'make' puts it",
                    program.string(), std::strerror(error)));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// What the program writes for `input`.
Result<std::string> RunProgram(const std::vector<std::string>& arguments, std::string_view input) {
  Scratch in, out, errors;
  SF_TRY(in.Fill(input));
  SF_ASSIGN(const int code, Run(ProgramPath(), arguments, in, out, errors));
  if (code == 0) return out.Content();
  const auto reason = errors.Content();
  return InvalidArgument(
      fmt::format("sweepformer-subwords {} failed: {}", arguments.front(),
                  reason.ok() && !reason->empty() ? *reason : "no reason given"));
}

/// Takes 32-bit numbers off what the program wrote.
class Numbers {
 public:
  explicit Numbers(std::string_view bytes) : rest_(bytes) {}

  std::uint32_t Next() {
    std::uint32_t number = 0;
    is_whole_ = is_whole_ && rest_.size() >= sizeof number;
    if (!is_whole_) return 0;
    std::memcpy(&number, rest_.data(), sizeof number);
    rest_.remove_prefix(sizeof number);
    return number;
  }
  std::string_view Text(std::size_t size) {
    is_whole_ = is_whole_ && rest_.size() >= size;
    const std::string_view text = rest_.substr(0, is_whole_ ? size : 0);
    rest_.remove_prefix(text.size());
    return text;
  }
  bool is_whole() const { return is_whole_; }
  bool at_end() const { return is_whole_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_whole_ = true;
};

/// The model, then every text on a line.
std::string EncodeRequest(const Corpus& corpus, const std::string& model, EmptyTitle empty_title) {
  std::string request = fmt::format("{}\n", model.size());
  request += model;
  for (const Review& review : corpus.reviews) {
    for (const std::string* text : {&TitleOf(review, empty_title), &review.body}) {
      request += PlainText(*text);
      request += '\n';
    }
  }
  return request;
}

}  // namespace

std::optional<SubwordKind> SubwordKindOfWord(std::string_view word) {
  if (word == "unigram") return SubwordKind::kUnigram;
  if (word == "bpe") return SubwordKind::kBpe;
  return std::nullopt;
}

Result<std::string> TrainSubwords(SubwordKind kind, std::int64_t vocab_size,
                                  const std::vector<std::string_view>& texts) {
  std::string lines;
  for (const std::string_view text : texts) {
    if (lines.size() >= kSubwordTrainingBytes) break;
    lines += PlainText(text);
    lines += '\n';
  }
  const char* word = kind == SubwordKind::kUnigram ? "unigram" : "bpe";
  return RunProgram({"train", word, fmt::format("{}", vocab_size)}, lines);
}

Result<TokenizedCorpus> TokenizeSubwords(const Corpus& corpus, const std::string& model,
                                         EmptyTitle empty_title) {
  SF_ASSIGN(const std::string answer,
            RunProgram({"encode"}, EncodeRequest(corpus, model, empty_title)));
  TokenizedCorpus tokenized = WithoutTokens(corpus);
  Numbers numbers(answer);
  for (std::uint32_t pieces = numbers.Next(); pieces > 0 && numbers.is_whole(); --pieces)
    tokenized.words.Add(numbers.Text(numbers.Next()));
  for (TokenRow& row : tokenized.rows) {
    for (std::uint64_t* end : {&row.title_end, &row.body_end}) {
      for (std::uint32_t left = numbers.Next(); left > 0 && numbers.is_whole(); --left)
        tokenized.tokens.push_back(numbers.Next());
      *end = tokenized.tokens.size();
    }
  }
  if (!numbers.at_end() || tokenized.words.ends.size() < kSpecialIds)
    return Internal("sweepformer-subwords: its answer is not one to the texts it was given");
  return tokenized;
}

std::string SubwordProgramStamp() {
  const auto stamp = StampFile(ProgramPath());
  return stamp.ok() ? fmt::format("{} {}", stamp->size_bytes, stamp->mtime_ns) : "";
}

}  // namespace sweepformer::datasets
