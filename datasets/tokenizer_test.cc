#include "datasets/tokenizer.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace sweepformer::datasets;

namespace {

using Tokens = std::vector<std::string>;

Tokens TokensOf(std::string_view text, Tokenization kind = Tokenization::kWord) {
  Tokens tokens;
  Tokenizer tokenizer(text, kind);
  for (std::string token; tokenizer.Next(token);) tokens.push_back(token);
  return tokens;
}

}  // namespace

TEST_CASE("text becomes lower-case words and single marks", "[datasets][tokenizer]") {
  CHECK(TokensOf("Great CD, I'd buy 2!!") ==
        Tokens{"great", "cd", ",", "i'd", "buy", "2", "!", "!"});
  CHECK(TokensOf("mp3-player (v2.0)") == Tokens{"mp3", "-", "player", "(", "v2", ".", "0", ")"});
  CHECK(TokensOf("").empty());
  CHECK(TokensOf(" \t\n\x01\x1A ").empty());
}

TEST_CASE("apostrophes stay inside words and are marks elsewhere", "[datasets][tokenizer]") {
  CHECK(TokensOf("don't") == Tokens{"don't"});
  CHECK(TokensOf("don\u2019t") == Tokens{"don't"});
  CHECK(TokensOf("don&#39;t rock&apos;n&apos;roll") == Tokens{"don't", "rock'n'roll"});
  CHECK(TokensOf("'quoted'") == Tokens{"'", "quoted", "'"});
  CHECK(TokensOf("dogs' it''s") == Tokens{"dogs", "'", "it", "'", "'", "s"});
}

TEST_CASE("entities stand for their characters", "[datasets][tokenizer]") {
  CHECK(TokensOf("R&amp;B &quot;x&quot; &lt;3 a&nbsp;b") ==
        Tokens{"r", "&", "b", "\"", "x", "\"", "<", "3", "a", "b"});
  CHECK(TokensOf("caf&#233; &#xE9;&#X41;") == Tokens{"café", "éa"});
  CHECK(TokensOf("&bogus; AT&T &amp") == Tokens{"&", "bogus", ";", "at", "&", "t", "&", "amp"});
  CHECK(TokensOf("a&#0;b&#xD800;c&#9999999;d&#12x;e") == Tokens{"a", "b", "c", "d", "e"});
}

TEST_CASE("line break tags separate in all their spellings", "[datasets][tokenizer]") {
  CHECK(TokensOf("one<br />two<br>three<BR/>four<br  /  >five") ==
        Tokens{"one", "two", "three", "four", "five"});
  CHECK(TokensOf("<b> <bread> <br") == Tokens{"<", "b", ">", "<", "bread", ">", "<", "br"});
}

TEST_CASE("letters beyond ascii belong to words", "[datasets][tokenizer]") {
  CHECK(TokensOf("CAFÉ Über naïve") == Tokens{"café", "über", "naïve"});
  CHECK(TokensOf("3×4 ÷ §5") == Tokens{"3", "×", "4", "÷", "§", "5"});
  CHECK(TokensOf("日本語。") == Tokens{"日本語", "。"});
}

TEST_CASE("emoji and general punctuation are tokens of their own", "[datasets][tokenizer]") {
  CHECK(TokensOf("love😀😀it") == Tokens{"love", "😀", "😀", "it"});
  CHECK(TokensOf("❤️ok") == Tokens{"❤", "ok"});
  CHECK(TokensOf("so—“well”…") == Tokens{"so", "—", "“", "well", "”", "…"});
}

TEST_CASE("bytes that are not utf-8 separate and never reach a token", "[datasets][tokenizer]") {
  CHECK(TokensOf("a\xFF"
                 "b\xC3") == Tokens{"a", "b"});
  CHECK(TokensOf("a\xC0\xAF"
                 "b") == Tokens{"a", "b"});  // overlong
  CHECK(TokensOf("a\xED\xA0\x80"
                 "b") == Tokens{"a", "b"});  // surrogate
  CHECK(TokensOf("a\xF4\x90\x80\x80"
                 "b") == Tokens{"a", "b"});     // above U+10FFFF
  CHECK(TokensOf("a\xE2\x82") == Tokens{"a"});  // cut off
}

TEST_CASE("characters stand as they are", "[datasets][tokenizer]") {
  const auto characters = [](std::string_view text) {
    return TokensOf(text, Tokenization::kCharacter);
  };
  CHECK(characters("Aé <b").size() == 5);
  CHECK(characters("Aé <b") == Tokens{"A", "é", " ", "<", "b"});
  CHECK(characters("a\n\t\x7F") == Tokens{"a", "<0x0A>", "<0x09>", "<0x7F>"});
  CHECK(characters("&amp;") == Tokens{"&", "a", "m", "p", ";"});
  CHECK(characters("😀\xFF\xC3") == Tokens{"😀", "\uFFFD", "\uFFFD"});
  CHECK(characters("").empty());
}

TEST_CASE("bytes stand as they are", "[datasets][tokenizer]") {
  CHECK(TokensOf("Aé\n", Tokenization::kByte) == Tokens{"<0x41>", "<0xC3>", "<0xA9>", "<0x0A>"});
  CHECK(TokensOf(std::string_view("\0\xFF", 2), Tokenization::kByte) == Tokens{"<0x00>", "<0xFF>"});
  CHECK(TokensOf("", Tokenization::kByte).empty());
}

TEST_CASE("white space alone parts where that is asked for", "[datasets][tokenizer]") {
  CHECK(TokensOf(" [MAX 2\n[MIN 4  7 ] ", Tokenization::kWhiteSpace) ==
        Tokens{"[MAX", "2", "[MIN", "4", "7", "]"});
  CHECK(TokensOf(" \t", Tokenization::kWhiteSpace).empty());
}

TEST_CASE("tokenizers have their words", "[datasets][tokenizer]") {
  CHECK(TokenizationOfWord("word") == Tokenization::kWord);
  CHECK(TokenizationOfWord("character") == Tokenization::kCharacter);
  CHECK(TokenizationOfWord("byte") == Tokenization::kByte);
  CHECK(TokenizationOfWord("bytes") == std::nullopt);
}
