#include "libobs/lang/shallow_members.h"

#include "libobs/lang/scan.h"

namespace obs::lang {
namespace {

constexpr int kMaxDepth = 256;  // Of what is skipped; deeper lines are malformed.

bool is_space(char c) { return c == ' ' || c == '\t'; }

}  // namespace

bool ShallowMembers::next(std::string_view& key, ShallowValue& value) {
  skip(',');
  if (at_ >= text_.size() || text_[at_] != '"') return false;
  const std::size_t end = string_end(at_ + 1);
  if (end == std::string_view::npos) return false;
  key = text_.substr(at_ + 1, end - at_ - 1);
  at_ = end + 1;
  skip(':');
  return take(value);
}

void ShallowMembers::skip(char mark) {
  while (at_ < text_.size() && (text_[at_] == mark || is_space(text_[at_]))) ++at_;
}

std::size_t ShallowMembers::string_end(std::size_t from) const {
  for (std::size_t at = from;;) {
    at = text_.find('"', at);
    if (at == std::string_view::npos) return at;
    std::size_t slashes = 0;
    while (at - slashes > from && text_[at - slashes - 1] == '\\') ++slashes;
    if (slashes % 2 == 0) return at;
    ++at;
  }
}

bool ShallowMembers::take(ShallowValue& value) {
  if (at_ >= text_.size()) return false;
  const std::size_t begin = at_;
  if (text_[at_] == '"') {
    const std::size_t end = string_end(at_ + 1);
    if (end == std::string_view::npos) return false;
    value = {text_.substr(begin + 1, end - begin - 1), true};
    at_ = end + 1;
  } else if (text_[at_] == '{' || text_[at_] == '[') {
    if (!skip_nested()) return false;
    value = {text_.substr(begin, at_ - begin), false};
  } else {
    at_ = skip_right(text_, at_,
                     [](char c) { return c != ',' && c != '}' && c != ']' && !is_space(c); });
    value = {text_.substr(begin, at_ - begin), false};
  }
  skip(' ');
  return at_ > begin;
}

bool ShallowMembers::skip_nested() {
  for (int depth = 0; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '"') {
      at_ = string_end(at_ + 1);
      if (at_ == std::string_view::npos) return false;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return false;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      ++at_;
      return true;
    }
  }
  return false;
}

}  // namespace obs::lang
