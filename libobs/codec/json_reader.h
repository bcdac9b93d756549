// JsonReader: a cursor over one JSON document, for decoders that know what they are looking for.
//
// simdjson's first stage checks the document's UTF-8 and finds where every token starts; the cursor
// walks those positions. There is no tree: a decoder asks for the members of an object in the order
// they come and reads or skips each value. Everything that is passed over is checked, so a document
// that was read to its end is well-formed.
//
//   reader.start(text, size);
//   reader.members([&](std::string_view key) {
//     if (key == "name" && reader.take_string(name)) return;
//     reader.skip();
//   });
//   if (!reader.finish()) return fail(reader.error());
//
// The first failure sticks: from then on every take says no, every loop ends, and error() tells the
// offset. Strings are unescaped in place and are views into the caller's text. Not thread-safe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "libobs/base/result.h"
#include "libobs/codec/json_scan.h"

namespace obs::codec {

class JsonReader {
 public:
  // Bytes beyond the text that must be readable; what they hold does not matter.
  static constexpr std::size_t kPadding = 64;
  // Arrays and objects nested deeper than this fail with kLimitExceeded.
  static constexpr int kMaxDepth = 1024;

  JsonReader();
  ~JsonReader();
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  // Begins with another document: `size` writable bytes, and kPadding after them, the first of
  // which is set to NUL. False when the text is no JSON already to the first stage: not UTF-8, a
  // string without its end, a raw control character in a string, nothing but space.
  bool start(char* text, std::size_t size);

  // True when nothing failed and the whole document was read.
  bool finish();

  bool ok() const { return ok_; }
  const ParseError& error() const { return error_; }
  // Fails at the next token. Only the first failure is kept.
  void fail(std::string_view what, Errc code = Errc::kMalformed);

  // Calls member(key) for each member of the object that is next; it must take or skip the value.
  template <class Member>
  void members(Member&& member);
  // Calls item() for each item of the array that is next; it must take or skip it.
  template <class Item>
  void items(Item&& item);

  // The first byte of the next token: one of `{ [ " - 0-9 t f n`, other bytes where the document
  // is malformed, NUL at its end.
  char peek() const { return text_[*next_]; }

  // The raw text of the object's first member of that name, empty when it has none. Moves nothing,
  // and finds no key that is written with escapes.
  std::string_view find_raw(std::string_view name);

  // Each takes the next value if it is of that type; else leaves it there and says no.
  bool take_string(std::string_view& out);
  bool take_number(JsonNumber& out);
  bool take_bool(bool& out);
  bool take_null();
  void skip();

  // A place in the document, to come back to. A string must not be taken twice.
  using Position = const std::uint32_t*;
  Position position() const { return next_; }
  void seek(Position position) { next_ = ok_ ? position : end_; }
  // The text from there up to the last token that was taken or skipped. Strings that were taken
  // are no longer as they came.
  std::string_view text_since(Position from) const;
  // Passes over the next value if its text is `same`, whose tokens were counted by an earlier
  // skip(); else says no.
  bool skip_same(std::string_view same, std::size_t tokens);

  std::size_t offset() const { return *next_; }
  // Strings in which an escaped surrogate stood alone and became U+FFFD, since start().
  std::uint64_t repaired() const { return repaired_; }
  // Forgets the document, and gives back the memory of an unusually large one.
  void trim();

 private:
  struct Index;

  bool take(char c) {
    if (text_[*next_] != c) return false;
    ++next_;
    return true;
  }
  bool open(char bracket, std::string_view otherwise);
  void close(char bracket, std::string_view otherwise);
  bool take_key(std::string_view& key);
  const char* last_before(Position position) const;
  void forget();
  bool claim_index(std::size_t positions);
  bool unescape(char* begin, const char* end, std::string_view& out);
  bool take_word(std::string_view word);
  bool take_scalar();
  bool check_key();

  std::unique_ptr<Index> index_;
  std::size_t claimed_ = 0;  // Of memory, for the index.
  char* text_ = nullptr;
  const std::uint32_t* next_ = nullptr;  // Where the tokens start; `*end_` is the text's size.
  const std::uint32_t* end_ = nullptr;
  int depth_ = 0;
  bool ok_ = false;
  std::uint64_t repaired_ = 0;
  ParseError error_;
};

// Inline definitions: the loops and the strings, which are most of a document.

template <class Member>
void JsonReader::members(Member&& member) {
  if (!open('{', "expected an object")) return;
  if (take('}')) {
    --depth_;
    return;
  }
  do {
    std::string_view key;
    if (!take_key(key)) return;
    member(key);
  } while (take(','));
  close('}', "expected , or }");
}

template <class Item>
void JsonReader::items(Item&& item) {
  if (!open('[', "expected an array")) return;
  if (take(']')) {
    --depth_;
    return;
  }
  do {
    item();
  } while (take(','));
  close(']', "expected , or ]");
}

inline bool JsonReader::open(char bracket, std::string_view otherwise) {
  if (peek() != bracket) {
    fail(otherwise);
    return false;
  }
  if (++depth_ > kMaxDepth) {
    fail("nested too deeply", Errc::kLimitExceeded);
    return false;
  }
  ++next_;
  return true;
}

inline void JsonReader::close(char bracket, std::string_view otherwise) {
  if (take(bracket)) {
    --depth_;
  } else {
    fail(otherwise);
  }
}

// The last byte of the token before that one: only space can stand between two tokens.
inline const char* JsonReader::last_before(Position position) const {
  const char* last = text_ + *position - 1;
  while (*last == ' ' || *last == '\n' || *last == '\r' || *last == '\t') --last;
  return last;
}

// Eight bytes at a time; may look at up to seven bytes behind `end`, which the padding allows.
inline bool has_backslash(const char* begin, const char* end) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  for (; begin < end; begin += 8) {
    std::uint64_t word;
    std::memcpy(&word, begin, 8);
    word ^= kOnes * '\\';
    const std::uint64_t zero_bytes = (word - kOnes) & ~word & (kOnes * 0x80);
    if (zero_bytes != 0) return std::memchr(begin, '\\', end - begin) != nullptr;
  }
  return false;
}

inline bool JsonReader::take_string(std::string_view& out) {
  if (peek() != '"') return false;
  char* const begin = text_ + *next_ + 1;
  const char* const end = last_before(next_ + 1);
  if (has_backslash(begin, end)) return unescape(begin, end, out);
  out = {begin, static_cast<std::size_t>(end - begin)};
  ++next_;
  return true;
}

inline bool JsonReader::take_key(std::string_view& key) {
  if (take_string(key) && take(':')) return true;
  fail("expected a key and a colon");
  return false;
}

inline bool JsonReader::skip_same(std::string_view same, std::size_t tokens) {
  const std::size_t left = *end_ - *next_;
  if (same.empty() || same.size() > left) return false;
  if (std::memcmp(text_ + *next_, same.data(), same.size()) != 0) return false;
  next_ += tokens;
  return true;
}

}  // namespace obs::codec
