#include "libobs/store/attribute_pointer.h"

#include <algorithm>

namespace obs::store {

std::string to_pointer(std::string_view key) {
  std::string pointer = key.starts_with('$') ? "/$" : "/";
  for (const char c : key) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

std::optional<std::string> parse_pointer(std::string_view pointer) {
  if (!pointer.starts_with('/')) return std::nullopt;
  std::string key;
  for (std::size_t i = 1; i < pointer.size(); ++i) {
    if (pointer.substr(i, 2) == "~0") {
      key += '~';
      ++i;
    } else if (pointer.substr(i, 2) == "~1") {
      key += '/';
      ++i;
    } else {
      key += pointer[i];
    }
  }
  if (key.starts_with('$')) key.erase(0, 1);
  if (to_pointer(key) != pointer) return std::nullopt;
  return key;
}

bool is_verbatim_in_json(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

}  // namespace obs::store
