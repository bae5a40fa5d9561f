#include "datasets/token_table.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "datasets/random.h"
#include "datasets/testing.h"
#include "orchestrator/core/hash.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

const std::string kKey = HashHex("some data");

std::vector<Review> SomeReviews() {
  return {{"A b", "c b c", 1, 4, "books", Part::kTrain},
          {"", "d", 0, 1, "dvd", Part::kTest},
          {"b", "", 1, 5, "books", Part::kNone}};
}

std::string BytesOf(const std::vector<Review>& reviews,
                    Tokenization tokenization = Tokenization::kWord) {
  Corpus corpus = Distinct(reviews, std::string(kAllDomains));
  std::string bytes;
  REQUIRE(WriteTokens(Tokenize(corpus, tokenization), kKey, [&](std::string_view piece) {
            bytes += piece;
            return Status();
          }).ok());
  return bytes;
}

Result<TokenTable> Read(const std::string& bytes, const std::string& key = kKey) {
  const auto owned = std::make_shared<std::string>(bytes);
  return TokenTable::Read(*owned, key, owned);
}

/// With the checksum that its content has.
std::string Signed(std::string bytes) {
  const std::string hash = HashHex(std::string_view(bytes).substr(40));
  std::memcpy(bytes.data() + 8, hash.data(), hash.size());
  return bytes;
}

std::vector<std::string> WordsIn(const TokenTable& table, std::int64_t review) {
  std::vector<std::string> words;
  const auto add = [&](std::uint32_t word) { words.emplace_back(table.words()[word]); };
  table.VisitTitle(review, add);
  words.emplace_back("|");
  table.VisitBody(review, add);
  return words;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a token table gives back what was tokenized", "[datasets][tokens]") {
  const auto table = Read(BytesOf(SomeReviews()));
  INFO(MessageOf(table));
  REQUIRE(table.ok());
  REQUIRE(table->size() == 3);
  CHECK(WordsIn(*table, 0) == Words{"a", "b", "|", "c", "b", "c"});
  CHECK(WordsIn(*table, 1) == Words{"|", "d"});
  CHECK(WordsIn(*table, 2) == Words{"b", "|"});
  CHECK(table->TitleLength(0) == 2);
  CHECK(table->BodyLength(0) == 3);
  CHECK(table->DomainOf(1) == "dvd");
  CHECK(table->DomainOf(2) == "books");
  for (std::int64_t i = 0; i < 3; ++i) {
    const Review review = SomeReviews()[static_cast<std::size_t>(i)];
    CHECK(table->row(i).key == ReviewKey(review));
    CHECK(table->row(i).label == review.label);
    CHECK(table->row(i).stars == review.stars);
    CHECK(static_cast<Part>(table->row(i).part) == review.part);
  }
  CHECK(table->counts() == Distinct(SomeReviews(), std::string(kAllDomains)).counts);
  CHECK(table->counts().kept_without_title == 1);
}

TEST_CASE("tokens are as wide as their number asks for", "[datasets][tokens]") {
  for (const int distinct : {256, 257, 65'536, 65'537}) {
    std::string body;
    for (int i = 0; i < distinct; ++i) body += fmt::format("w{} ", i);
    const std::string bytes = BytesOf({{"", body, 0, 0, "", Part::kNone}});
    const auto table = Read(bytes);
    REQUIRE(table.ok());
    CHECK(static_cast<int>(table->words().size()) == distinct);
    int next = 0;
    bool in_order = true;
    table->VisitBody(0, [&](std::uint32_t word) { in_order = in_order && next++ == int(word); });
    CHECK((in_order && next == distinct));
    const std::size_t width = distinct <= 256 ? 1 : distinct <= 65'536 ? 2 : 4;
    CHECK(static_cast<std::size_t>(static_cast<unsigned char>(bytes[76])) == width);
  }
}

TEST_CASE("all bytes are the words of bytes", "[datasets][tokens]") {
  const auto table = Read(BytesOf({{"", "b\xFF", 0, 0, "", Part::kNone}}, Tokenization::kByte));
  REQUIRE(table.ok());
  CHECK(table->words().size() == 256);
  CHECK(WordsIn(*table, 0) == Words{"|", ByteToken('b'), ByteToken(0xFF)});
}

TEST_CASE("a token table cut anywhere is refused", "[datasets][tokens]") {
  const std::string bytes = BytesOf(SomeReviews());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    CHECK_FALSE(Read(cut).ok());
    if (size >= 136)
      CHECK(MessageOf(Read(Signed(cut))).find("another length") != std::string::npos);
  }
  CHECK_FALSE(Read(bytes + '\0').ok());
  CHECK_FALSE(Read(Signed(bytes + '\0')).ok());
}

TEST_CASE("a token table with any bit turned is refused", "[datasets][tokens]") {
  const std::string bytes = BytesOf(SomeReviews());
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string altered = bytes;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << bit % 8));
    CHECK_FALSE(Read(altered).ok());
  }
}

TEST_CASE("a token table of other data is refused", "[datasets][tokens]") {
  CHECK(MessageOf(Read(BytesOf(SomeReviews()), HashHex("other data"))) ==
        "not a token table that can be used: of other data");
}

TEST_CASE("nonsense with a right checksum is refused or harmless", "[datasets][tokens]") {
  const std::string bytes = BytesOf(SomeReviews());
  Random random(7);
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string altered = bytes;
    for (int change = 0; change < 3; ++change)
      altered[72 + random.Below(altered.size() - 72)] = static_cast<char>(random.Below(256));
    const auto table = Read(Signed(altered));
    if (!table.ok()) {
      ++refused;
      continue;
    }
    for (std::int64_t i = 0; i < table->size(); ++i) {
      WordsIn(*table, i);
      CHECK(table->DomainOf(i).size() <= 10);
    }
  }
  CHECK(refused > 10'000);
}
