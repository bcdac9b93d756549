// Whole JSON documents, as jq reads them: one or many, over any number of lines, arrays or not.
//
// next_json_document() cuts a text into documents without building anything; check_json() says
// whether one is JSON by RFC 8259, to the letter.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "libobs/base/result.h"

namespace obs::codec {

// Nesting is followed without recursion; deeper documents are refused, with kLimitExceeded.
inline constexpr std::size_t kMaxJsonDepth = 100'000;

// Checks a whole document: grammar, escapes, UTF-8 and nothing behind it. Duplicate keys and any
// size of number are JSON.
Result<void, ParseError> check_json(std::string_view text);

// Takes the next document off the front of `text`, which is all there is; documents are separated
// by white space, or by nothing where that is clear. nullopt at the end. Strings are not looked
// into: check_json() does. Fails where no document begins, and on one that does not end.
Result<std::optional<std::string_view>, ParseError> next_json_document(std::string_view& text);

// Takes the next item off the inside of an array: `inside` begins behind `[` or behind an item.
// nullopt behind the last one.
Result<std::optional<std::string_view>, ParseError> next_json_item(std::string_view& inside);

}  // namespace obs::codec
