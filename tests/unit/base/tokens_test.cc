#include "libobs/base/tokens.h"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

namespace obs {
namespace {

std::vector<std::string> words_of(std::string_view text) { return Phrase(text).words(); }

using Words = std::vector<std::string>;

TEST_CASE("words are runs of letters, digits, underscores and what is beyond ASCII", "[tokens]") {
  CHECK(words_of("") == Words{});
  CHECK(words_of("--- !?") == Words{});
  CHECK(words_of("order_id=42, http://a.b/c?d") ==
        Words{"order_id", "42", "http", "a", "b", "c", "d"});
  CHECK(words_of("caf\u00e9-cr\u00e8me") == Words{"caf\u00e9", "cr\u00e8me"});
  CHECK(words_of(std::string_view("a\0b", 3)) == Words{"a", "b"});
}

TEST_CASE("case is folded byte for byte", "[tokens]") {
  CHECK(words_of("TimeOut") == Words{"timeout"});
  CHECK(words_of("\u00c4RGER \u0141\u00d3D\u0179 \u039f\u0394\u039f\u03a3 "
                 "\u041c\u041e\u0421\u041a\u0412\u0410") ==
        Words{"\u00e4rger", "\u0142\u00f3d\u017a", "\u03bf\u03b4\u03bf\u03c3",
              "\u043c\u043e\u0441\u043a\u0432\u0430"});
  // A sigma at the end of a word is a sigma.
  CHECK(Phrase("\u03bf\u03b4\u03cc\u03c2").is_in("\u039f\u0394\u038c\u03a3"));
  for (std::string text :
       {std::string("\xc3"), std::string("a\xff\xc3\x28"), std::string("\xc3\x84\xc3")}) {
    const std::size_t size = text.size();
    fold_case(text);
    CHECK(text.size() == size);
  }
}

TEST_CASE("a phrase is its words, whole, in order and adjacent", "[tokens]") {
  struct Case {
    std::string_view phrase, text;
    bool is_in;
  };
  const Case cases[] = {
      {"declined", "payment declined", true},
      {"Declined", "payment DECLINED!", true},
      {"decline", "payment declined", false},
      {"payment declined", "payment - declined", true},
      {"payment declined", "payment was declined", false},
      {"payment declined", "declined payment", false},
      {"payment declined", "payment declined_twice", false},
      {"payment declined", "prepayment declined", false},
      {"no such file", "open: no no such such no such file", true},
      {"a b a b c", "a b a b a b c", true},
      {"a b a b c", "a b a b a b d", false},
      {"x", "x", true},
      {"x", "", false},
      {"", "", true},
      {"...", "anything", true},
      {"user_id", "user id", false},
      {"a long_word b", "a long_word c a long_word b", true},
  };
  for (const Case& c : cases) {
    INFO(c.phrase << " in " << c.text);
    CHECK(Phrase(c.phrase).is_in(c.text) == c.is_in);
  }
}

// The definition, word by word.
bool is_in_plainly(const Words& phrase, const Words& text) {
  if (phrase.empty()) return true;
  return std::search(text.begin(), text.end(), phrase.begin(), phrase.end()) != text.end();
}

TEST_CASE("looking for a phrase finds what comparing words finds", "[tokens]") {
  std::mt19937_64 random(7);
  const auto make = [&](std::size_t size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += "aAbB -"[random() % 6];
    return text;
  };
  std::size_t found = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string phrase = make(random() % 6), text = make(random() % 24);
    const bool is_in = Phrase(phrase).is_in(text);
    found += is_in;
    REQUIRE(is_in == is_in_plainly(words_of(phrase), words_of(text)));
  }
  CHECK(found > 2'000);
}

TEST_CASE("the words inside a substring are whole wherever it stands", "[tokens]") {
  CHECK(words_inside("ayment Declined for u") == Words{"declined", "for"});
  CHECK(words_inside(" whole ") == Words{"whole"});
  CHECK(words_inside("whole") == Words{});
  CHECK(words_inside("") == Words{});
}

}  // namespace
}  // namespace obs
