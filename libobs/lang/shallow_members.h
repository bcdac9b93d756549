// The members of a line for people: found fast, and checked little.

#pragma once

#include <cstddef>
#include <string_view>

namespace obs::lang {

// A value as it stands in the line: of a string, what is between its quotes.
struct ShallowValue {
  std::string_view text;
  bool is_string = false;

  bool is_there() const { return is_string || !text.empty(); }
};

// Walks the members of an object, for lines that are likely to be well-formed: it checks no more
// than it needs to find its way.
class ShallowMembers {
 public:
  // `object` begins with its brace and outlives this.
  explicit ShallowMembers(std::string_view object) : text_(object), at_(1) {}

  // False at the end, and where the object is malformed.
  bool next(std::string_view& key, ShallowValue& value);
  bool is_complete() const { return at_ < text_.size() && text_[at_] == '}'; }

 private:
  void skip(char mark);
  std::size_t string_end(std::size_t from) const;
  bool take(ShallowValue& value);
  bool skip_nested();

  std::string_view text_;
  std::size_t at_;
};

}  // namespace obs::lang
