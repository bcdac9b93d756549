// Words of text, and phrases of words: what `has` means, wherever it is asked (a pipeline, SQL, an
// index).
//
// A word is a maximal run of ASCII letters, digits, `_` and bytes beyond ASCII; case does not count
// (ASCII, European Latin, Greek, Cyrillic and Armenian, by Unicode's simple folding). Everything
// else only parts words. A phrase is in a text when its words are, whole, in this order, with no
// other word between them:
//
//   "Payment DECLINED" is in "payment-declined: no funds"; "pay" is not, nor is "declined payment".
//
// Pure. Any bytes will do as text.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace obs {

// True for the bytes that words are made of.
bool is_word_byte(char c);

// Folds case in place, byte for byte: the length stays.
void fold_case(std::string& text);

// Calls take(word) for each word of `folded`, in order.
template <class Take>
void each_word(std::string_view folded, Take take);

class Phrase {
 public:
  explicit Phrase(std::string_view text);

  // Folded, in order. Empty when the phrase has no letter and no digit: it is then in every text.
  const std::vector<std::string>& words() const { return words_; }

  // `scratch` is room for a copy of the text, to be used again. Any thread.
  bool is_in(std::string_view text, std::string& scratch) const;
  bool is_in(std::string_view text) const;

 private:
  bool matches_at(std::string_view folded, std::size_t at) const;

  std::vector<std::string> words_;
  std::size_t longest_ = 0;  // Which word is looked for first.
};

// The words of a substring that are whole words of any text that contains it: those that do not
// touch its ends. Folded.
std::vector<std::string> words_inside(std::string_view substring);

// Inline definitions.

template <class Take>
void each_word(std::string_view folded, Take take) {
  std::size_t at = 0;
  while (at < folded.size()) {
    while (at < folded.size() && !is_word_byte(folded[at])) ++at;
    const std::size_t begin = at;
    while (at < folded.size() && is_word_byte(folded[at])) ++at;
    if (at > begin) take(folded.substr(begin, at - begin));
  }
}

namespace tokens_internal {
struct ByteTable {
  constexpr ByteTable() {
    for (int c = 0; c < 256; ++c) {
      is_word[c] = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                   c == '_' || c >= 0x80;
    }
  }
  bool is_word[256] = {};
};
inline constexpr ByteTable kBytes;
}  // namespace tokens_internal

inline bool is_word_byte(char c) {
  return tokens_internal::kBytes.is_word[static_cast<unsigned char>(c)];
}

}  // namespace obs
