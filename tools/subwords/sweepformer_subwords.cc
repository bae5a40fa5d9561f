#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>
#include <signal.h>
#include <sys/prctl.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

// SentencePiece for the workers, in a process of its own (datasets/subwords.h says why).
//
//   sweepformer-subwords train unigram|bpe VOCAB_SIZE   texts, one a line → a model
//   sweepformer-subwords encode                         "SIZE\n", a model of so many bytes, texts,
//                                                       one a line → how many pieces there are and
//                                                       each with its length before it; then for
//                                                       each text how many ids it has, and these
//
// Numbers are written as 32 bits, little-endian. What goes wrong is a line on stderr, and exit
// code 1.

namespace {

/// Gives SentencePiece the lines of stdin.
class Lines final : public sentencepiece::SentenceIterator {
 public:
  Lines() { Next(); }
  bool done() const override { return done_; }
  void Next() override { done_ = !std::getline(std::cin, line_); }
  const std::string& value() const override { return line_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  std::string line_;
  bool done_ = false;
};

/// The special ids are those of datasets/vocabulary.h. The vocabulary may come out smaller where
/// the texts have fewer pieces.
std::string TrainerOptions(const std::string& kind, const std::string& vocab_size) {
  return "--model_type=" + kind + " --vocab_size=" + vocab_size +
         " --hard_vocab_limit=false --normalization_rule_name=nmt_nfkc_cf"
         " --pad_id=0 --unk_id=1 --bos_id=2 --eos_id=3"
         " --pad_piece=[PAD] --unk_piece=[UNK] --bos_piece=[CLS] --eos_piece=[SEP]"
         " --max_sentence_length=16777216 --num_threads=1 --minloglevel=2";
}

int Fail(const std::string& why) {
  std::cerr << why << '\n';
  return 1;
}

int Train(const std::string& kind, const std::string& vocab_size) {
  Lines lines;
  std::string model;
  const auto status =
      sentencepiece::SentencePieceTrainer::Train(TrainerOptions(kind, vocab_size), &lines, &model);
  if (!status.ok())
    return Fail(std::string(status.message()) + "; change vocab_size (now " + vocab_size + ")");
  std::cout.write(model.data(), static_cast<std::streamsize>(model.size()));
  return std::cout.flush() ? 0 : Fail("the model cannot be written");
}

void Write(std::size_t number) {
  const auto narrow = static_cast<std::uint32_t>(number);
  std::cout.write(reinterpret_cast<const char*>(&narrow), sizeof narrow);
}

void WritePieces(const sentencepiece::SentencePieceProcessor& processor) {
  Write(static_cast<std::size_t>(processor.GetPieceSize()));
  for (int id = 0; id < processor.GetPieceSize(); ++id) {
    const std::string& piece = processor.IdToPiece(id);
    Write(piece.size());
    std::cout.write(piece.data(), static_cast<std::streamsize>(piece.size()));
  }
}

std::string ReadModel() {
  std::string size;
  std::getline(std::cin, size);
  std::string model(std::strtoull(size.c_str(), nullptr, 10), '\0');
  std::cin.read(model.data(), static_cast<std::streamsize>(model.size()));
  return model;
}

int Encode() {
  sentencepiece::SentencePieceProcessor processor;
  if (const auto status = processor.LoadFromSerializedProto(ReadModel()); !status.ok())
    return Fail(std::string(status.message()));
  WritePieces(processor);
  std::vector<int> ids;
  for (std::string line; std::getline(std::cin, line);) {
    if (const auto status = processor.Encode(line, &ids); !status.ok())
      return Fail(std::string(status.message()));
    Write(ids.size());
    for (const int id : ids) Write(static_cast<std::size_t>(id));
  }
  return std::cout.flush() ? 0 : Fail("the ids cannot be written");
}

}  // namespace

int main(int argc, char** argv) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::ios::sync_with_stdio(false);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 3 && arguments[0] == "train") return Train(arguments[1], arguments[2]);
  if (arguments.size() == 1 && arguments[0] == "encode") return Encode();
  return Fail(
      "usage: sweepformer-subwords train unigram|bpe VOCAB_SIZE, or encode; see its source");
}
