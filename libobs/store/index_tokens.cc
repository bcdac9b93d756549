#include "libobs/store/index_tokens.h"

#include "libobs/base/hash.h"
#include "libobs/base/text.h"

namespace obs::store {

std::uint64_t word_token(TokenField field, std::string_view word) {
  return hash64(word.substr(0, kMaxWordBytes), static_cast<std::uint64_t>(field));
}

std::uint64_t attribute_token(TokenField field, std::string_view key, std::string_view value) {
  return attribute_value_token(attribute_key_token(field, key), value);
}

std::uint64_t attribute_key_token(TokenField field, std::string_view key) {
  return hash64(key, static_cast<std::uint64_t>(field));
}

std::uint64_t attribute_value_token(std::uint64_t key, std::string_view value) {
  return hash64(value.substr(0, kMaxValueBytes), key);
}

std::uint64_t trace_token(Bytes trace_id) {
  return hash64(as_text(trace_id), static_cast<std::uint64_t>(TokenField::kTrace));
}

std::optional<std::string_view> indexed_text(const model::Value& value, std::string& scratch) {
  switch (value.kind()) {
    case model::ValueKind::kString: return value.as_string();
    case model::ValueKind::kBool: return value.as_bool() ? "true" : "false";
    case model::ValueKind::kInt:
      scratch.clear();
      append_int(scratch, value.as_int());
      return scratch;
    default: return std::nullopt;
  }
}

bool is_indexed(std::string_view text) {
  if (text.starts_with('{') || text.starts_with('[')) return false;
  return parse_int(text).has_value() || !parse_double(text).has_value();
}

std::vector<std::uint64_t> tokens_of_attribute(TokenField field, std::string_view key,
                                               std::string_view value) {
  if (!is_indexed(value)) return {};
  return {attribute_token(field, key, value)};
}

std::vector<std::uint64_t> tokens_of_phrase(TokenField field, const Phrase& phrase) {
  std::vector<std::uint64_t> tokens;
  for (const std::string& word : phrase.words()) tokens.push_back(word_token(field, word));
  return tokens;
}

std::vector<std::uint64_t> tokens_of_substring(TokenField field, std::string_view substring) {
  std::vector<std::uint64_t> tokens;
  for (const std::string& word : words_inside(substring)) tokens.push_back(word_token(field, word));
  return tokens;
}

}  // namespace obs::store
