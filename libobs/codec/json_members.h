// The members of a JSON object, without reading what they hold. Pure.

#pragma once

#include <string_view>
#include <vector>

namespace obs::codec {

struct JsonMember {
  std::string_view key;   // As spelled between its quotes.
  std::string_view json;  // The value, as spelled.
};

// Both are views into `object`, which must be valid JSON as a store writes it: an object, without
// space between its parts. Anything else gives the members before it went wrong.
std::vector<JsonMember> split_members(std::string_view object);

// The same into `members`, whose memory is used again.
void split_members(std::string_view object, std::vector<JsonMember>& members);

}  // namespace obs::codec
