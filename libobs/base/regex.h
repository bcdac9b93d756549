// Regular expressions, in RE2's syntax: linear time whatever the pattern and the input.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"

namespace obs {

// Compiled once, then usable from any thread.
class Regex {
 public:
  // kInvalidArgument names what is wrong with the pattern.
  static Result<Regex> compile(std::string_view pattern);

  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  bool search(std::string_view text) const;      // Anywhere in the text.
  bool full_match(std::string_view text) const;  // All of it, as Prometheus anchors.

  // The whole match, then each group (an unmatched group has a null data()); empty when nothing
  // matches.
  std::vector<std::string_view> match(std::string_view text) const;
  // Group names by group number; empty for an unnamed one. Index 0 is the whole match.
  const std::vector<std::string>& group_names() const;

 private:
  struct State;
  explicit Regex(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace obs
