#include "libobs/codec/json_members.h"

#include <cstddef>

namespace obs::codec {
namespace {

// The end of the string that begins at `at`, after its closing quote; npos when it has none.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

// The comma or brace that ends the value at `at`.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (depth == 0 && (c == ',' || c == '}')) return at;
    if (c == '"') {
      at = end_of_string(text, at);
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    ++at;
  }
  return std::string_view::npos;
}

}  // namespace

std::vector<JsonMember> split_members(std::string_view object) {
  std::vector<JsonMember> members;
  split_members(object, members);
  return members;
}

void split_members(std::string_view object, std::vector<JsonMember>& members) {
  members.clear();
  std::size_t at = 1;
  while (at < object.size() && object[at] == '"') {
    const std::size_t key_end = end_of_string(object, at);
    if (key_end >= object.size() || object[key_end] != ':') break;
    const std::size_t value_end = end_of_value(object, key_end + 1);
    if (value_end == std::string_view::npos) break;
    members.push_back({object.substr(at + 1, key_end - at - 2),
                       object.substr(key_end + 1, value_end - key_end - 1)});
    at = value_end + 1;
  }
}

}  // namespace obs::codec
