#include "libobs/codec/json_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "libobs/base/memory_claim.h"
#include "libobs/codec/json_scan.h"

namespace obs::codec {
namespace {

// An index takes four bytes of address space a byte of document. Up to this size it is kept for the
// next document, since fresh pages cost more than the walk over them.
constexpr std::size_t kKeptCapacity = std::size_t{4} << 20;
constexpr std::size_t kFirstCapacity = 4096;
// An index from this size on is claimed of the process' memory.
constexpr std::size_t kClaimedIndex = std::size_t{256} << 10;

// simdjson counts positions in 32 bits, and rounds sizes up to 64.
constexpr std::size_t kMaxText = std::numeric_limits<std::uint32_t>::max() - 128;

}  // namespace

struct JsonReader::Index {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;

  bool reserve(std::size_t size) {
    if (stage && stage->capacity() >= size) return true;
    const std::size_t capacity = std::max(size + size / 4, kFirstCapacity);
    if (stage) return stage->set_capacity(capacity) == simdjson::SUCCESS;
    // Depth is for simdjson's second stage, which we do not use.
    return simdjson::get_active_implementation()->create_dom_parser_implementation(
               capacity, 1, stage) == simdjson::SUCCESS;
  }
};

JsonReader::JsonReader() : index_(std::make_unique<Index>()) { forget(); }
JsonReader::~JsonReader() { forget(); }

// No document: every take says no.
void JsonReader::forget() {
  return_memory(std::exchange(claimed_, 0));
  static constexpr std::uint32_t kNowhere[2] = {};
  static char nothing[1] = {};
  text_ = nothing;
  next_ = end_ = kNowhere;
  depth_ = 0;
  repaired_ = 0;
  ok_ = false;
}

// Of a large document, whose index is as large: claims room for so many positions, instead of what
// was claimed before. They are few in what is real, a fifth of the bytes, and as many as there are
// bytes in what is not.
bool JsonReader::claim_index(std::size_t positions) {
  if (positions * sizeof *next_ < kClaimedIndex) return true;
  return_memory(std::exchange(claimed_, 0));
  if (!claim_memory(positions * sizeof *next_)) return false;
  claimed_ = positions * sizeof *next_;
  return true;
}

bool JsonReader::start(char* text, std::size_t size) {
  forget();
  if (size > kMaxText || !claim_index(size / 2) || !index_->reserve(size)) {
    error_ = {Errc::kLimitExceeded, 0, "document too large"};
    return false;
  }
  auto& stage = *index_->stage;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text);
  if (stage.stage1(bytes, size, simdjson::stage1_mode::regular) != simdjson::SUCCESS) {
    error_ = explain_json({text, size});
    return false;
  }
  if (!claim_index(stage.n_structural_indexes)) {
    error_ = {Errc::kLimitExceeded, 0, "document has too many tokens"};
    return false;
  }
  text[size] = '\0';
  stage.structural_indexes[stage.n_structural_indexes] = static_cast<std::uint32_t>(size);
  text_ = text;
  next_ = stage.structural_indexes.get();
  end_ = next_ + stage.n_structural_indexes;
  return ok_ = true;
}

bool JsonReader::finish() {
  if (next_ != end_) fail("expected the end of the document");
  return ok_;
}

void JsonReader::fail(std::string_view what, Errc code) {
  if (!ok_) return;
  ok_ = false;
  error_ = {code, *next_, what};
  next_ = end_;
}

void JsonReader::trim() {
  if (index_->stage && index_->stage->capacity() > kKeptCapacity) index_->stage.reset();
  forget();
}

bool JsonReader::unescape(char* begin, const char* end, std::string_view& out) {
  const auto unescaped = unescape_json(begin, end);
  if (!unescaped) {
    fail("bad escape in a string");
    return false;
  }
  if (unescaped->repaired) ++repaired_;
  out = {begin, unescaped->size};
  ++next_;
  return true;
}

bool JsonReader::take_number(JsonNumber& out) {
  const char* const begin = text_ + *next_;
  if (*begin != '-' && (*begin < '0' || *begin > '9')) return false;
  const char* const behind = scan_json_number(begin, out);
  const bool at_end = behind == text_ + *end_;
  if (behind == nullptr || (!at_end && !ends_json_token(*behind))) {
    fail("malformed number");
    return false;
  }
  ++next_;
  return true;
}

bool JsonReader::take_word(std::string_view word) {
  const char* const begin = text_ + *next_;
  const std::size_t left = *end_ - *next_;
  if (left < word.size() || std::memcmp(begin, word.data(), word.size()) != 0) return false;
  if (left > word.size() && !ends_json_token(begin[word.size()])) return false;
  ++next_;
  return true;
}

bool JsonReader::take_bool(bool& out) {
  if (take_word("true")) return out = true;
  if (!take_word("false")) return false;
  out = false;
  return true;
}

bool JsonReader::take_null() { return take_word("null"); }

// Checks a string, number or word and passes over it, leaving strings as they are.
bool JsonReader::take_scalar() {
  if (peek() == '"') {
    const char* const begin = text_ + *next_ + 1;
    const char* const end = last_before(next_ + 1);
    if (has_backslash(begin, end) && !has_sound_escapes(begin, end)) {
      fail("bad escape in a string");
      return false;
    }
    ++next_;
    return true;
  }
  bool flag;
  JsonNumber number;
  if (take_number(number) || take_bool(flag) || take_null()) return true;
  fail("expected a value");
  return false;
}

bool JsonReader::check_key() {
  if (peek() != '"' || !take_scalar() || !take(':')) {
    fail("expected a key and a colon");
    return false;
  }
  return true;
}

// A loop with a stack of brackets, so that depth costs no stack of ours.
void JsonReader::skip() {
  if (peek() != '{' && peek() != '[') {
    take_scalar();
    return;
  }
  char closing[kMaxDepth];
  int open_count = 0;
  do {
    const char bracket = peek();
    if (bracket != '{' && bracket != '[') {
      if (!take_scalar()) return;
    } else {
      if (!open(bracket, "")) return;
      closing[open_count++] = bracket == '{' ? '}' : ']';
      if (!take(closing[open_count - 1])) {
        if (bracket == '{' && !check_key()) return;
        continue;
      }
      --depth_;
      --open_count;
    }
    while (open_count > 0 && take(closing[open_count - 1])) {
      --depth_;
      --open_count;
    }
    if (open_count == 0) return;
    if (!take(',')) return fail("expected a comma or a closing bracket");
    if (closing[open_count - 1] == '}' && !check_key()) return;
  } while (true);
}

std::string_view JsonReader::find_raw(std::string_view name) {
  const Position start = next_;
  std::string_view found;
  if (open('{', "expected an object") && !take('}')) {
    do {
      const Position key = next_;
      if (!check_key()) return {};
      const std::string_view raw(text_ + *key + 1, last_before(key + 1) - (text_ + *key + 1));
      const Position value = next_;
      skip();
      if (raw == name) {
        found = text_since(value);
        break;
      }
    } while (take(','));
  }
  if (!ok_) return {};
  --depth_;
  next_ = start;
  return found;
}

std::string_view JsonReader::text_since(Position from) const {
  const char* const begin = text_ + *from;
  return {begin, static_cast<std::size_t>(last_before(next_) + 1 - begin)};
}

}  // namespace obs::codec
