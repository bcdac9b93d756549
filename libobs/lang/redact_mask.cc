#include "libobs/lang/redact_mask.h"

#include <algorithm>

#include "libobs/lang/detectors.h"
#include "libobs/lang/redact_find.h"
#include "libobs/lang/scan.h"

namespace obs::lang {
namespace {

constexpr std::size_t kHashDigits = 32;
// "[private_key:" and the digits: no mark is longer.
constexpr std::size_t kMaxMark = 64;

bool is_kind(std::string_view name) {
  for (std::size_t i = 0; i < kSecretKinds; ++i) {
    if (name == to_string(static_cast<Secret>(i))) return true;
  }
  return false;
}

// What stands between the brackets.
bool is_mark(std::string_view inside) {
  const std::size_t colon = inside.find(':');
  if (colon == std::string_view::npos) return is_kind(inside);
  const std::string_view digits = inside.substr(colon + 1);
  return digits.size() == kHashDigits && std::all_of(digits.begin(), digits.end(), is_hex) &&
         is_kind(inside.substr(0, colon));
}

}  // namespace

bool is_redacted(std::string_view text, Extent where) {
  const std::string_view found = text.substr(where.begin, where.end - where.begin);
  if (found.starts_with("***") && found.size() <= 3 + kMaxKept) return true;
  const std::size_t from = where.begin - std::min(where.begin, kMaxMark);
  const std::string_view before = text.substr(from, where.begin + 1 - from);
  const std::size_t open = before.rfind('[');
  if (open == std::string_view::npos) return false;
  const std::size_t begin = from + open + 1;
  const std::size_t close = text.substr(begin, kMaxMark).find(']');
  return close != std::string_view::npos && where.end <= begin + close + 1 &&
         is_mark(text.substr(begin, close));
}

}  // namespace obs::lang
