// Where redaction looks: the fields that `in` names, without those of `except`.
//
// A place in a record is told step by step, from the record itself to the member of a member.
// Immutable, usable from any thread.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libobs/lang/ast.h"

namespace obs::lang {

class RedactScope {
 public:
  // A place: the names that lead to it, joined by dots, from the record or from one of its maps.
  struct Place {
    FieldRef::Root root = FieldRef::Root::kAny;  // kAny: the record's own members.
    std::string path;                            // "http.route"; empty for the root itself.
    bool inside = true;                          // Under a field of `in`, or there is no `in`.
    bool excepted = false;                       // Under a field of `except`.

    bool is_covered() const { return inside && !excepted; }
  };

  RedactScope() = default;
  RedactScope(std::vector<FieldRef> in, std::vector<FieldRef> except)
      : in_(std::move(in)), except_(std::move(except)) {}

  // No place has to be told: all are covered.
  bool is_everywhere() const { return in_.empty() && except_.empty(); }

  Place record() const { return {FieldRef::Root::kAny, {}, in_.empty(), false}; }
  // The member of that name of a place. Aliases (msg) and names (body) are the same place.
  Place member(const Place& of, std::string_view name) const;

 private:
  std::vector<FieldRef> in_;
  std::vector<FieldRef> except_;
};

}  // namespace obs::lang
