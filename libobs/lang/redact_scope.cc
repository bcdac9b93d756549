#include "libobs/lang/redact_scope.h"

#include <algorithm>

#include "libobs/lang/fields.h"

namespace obs::lang {
namespace {

using Root = FieldRef::Root;

bool names(const FieldRef& field, const RedactScope::Place& place, std::string_view own_name) {
  if (field.root == Root::kAny) {
    return place.path.empty() ? field.name == own_name : field.name == place.path;
  }
  if (place.path != field.name) return false;
  // What another program's line has under a name of its own is an attribute.
  return place.root == field.root || (place.root == Root::kAny && field.root == Root::kAttributes);
}

bool any_names(const std::vector<FieldRef>& fields, const RedactScope::Place& place,
               std::string_view own_name) {
  return std::any_of(fields.begin(), fields.end(),
                     [&](const FieldRef& field) { return names(field, place, own_name); });
}

}  // namespace

RedactScope::Place RedactScope::member(const Place& of, std::string_view name) const {
  Place place = of;
  const bool is_top = of.root == Root::kAny && of.path.empty();
  if (is_top && name == "attributes") {
    place.root = Root::kAttributes;
  } else if (is_top && name == "resource") {
    place.root = Root::kResource;
  } else {
    const auto field = is_top ? find_record_field(name) : std::nullopt;
    if (!of.path.empty()) place.path += '.';
    place.path += field ? to_string(*field) : name;
  }
  place.inside = place.inside || any_names(in_, place, name);
  place.excepted = place.excepted || any_names(except_, place, name);
  return place;
}

}  // namespace obs::lang
