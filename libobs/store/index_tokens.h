// What of a record an index knows: 64-bit tokens for the words of its text and for its attributes,
// and which tokens a predicate asks for. Pure. Internal to libobs/store.
//
// A record that satisfies a predicate has all tokens of it; the reverse is for the rows to say.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/bytes.h"
#include "libobs/base/tokens.h"
#include "libobs/model/value.h"

namespace obs::store {

// Longer words and values are known by so many bytes of their beginning.
inline constexpr std::size_t kMaxWordBytes = 128;
inline constexpr std::size_t kMaxValueBytes = 256;

// Whose words and attributes: the same text elsewhere is another token.
enum class TokenField : std::uint8_t { kBody = 1, kName, kAttribute, kResource, kTrace };

// `word` is folded, see base/tokens.h.
std::uint64_t word_token(TokenField field, std::string_view word);
// `value` is the attribute as text: a string as it is, an integer in decimal, true or false.
std::uint64_t attribute_token(TokenField field, std::string_view key, std::string_view value);
// The same in two steps: that of a key, and with it that of a value.
std::uint64_t attribute_key_token(TokenField field, std::string_view key);
std::uint64_t attribute_value_token(std::uint64_t key, std::string_view value);
// Of the 16 bytes.
std::uint64_t trace_token(Bytes trace_id);

// The text by which a value is indexed; nullopt for the kinds that are not: doubles, whose spelling
// is DuckDB's affair, and what has parts. `scratch` is room for a number's text.
std::optional<std::string_view> indexed_text(const model::Value& value, std::string& scratch);
// Whether a value that reads like this is always indexed.
bool is_indexed(std::string_view text);

// The tokens of `attributes['key'] = 'value'`: none when such a value may not be indexed.
std::vector<std::uint64_t> tokens_of_attribute(TokenField field, std::string_view key,
                                               std::string_view value);
// The tokens of `has "phrase"`.
std::vector<std::uint64_t> tokens_of_phrase(TokenField field, const Phrase& phrase);
// The tokens of `contains "substring"`.
std::vector<std::uint64_t> tokens_of_substring(TokenField field, std::string_view substring);

}  // namespace obs::store
