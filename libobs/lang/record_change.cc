// Changing a record: its members come into lists, of which one line is made at the end.

#include <algorithm>

#include "libobs/lang/nested_json.h"
#include "libobs/lang/record.h"
#include "libobs/model/batch.h"

namespace obs::lang {
namespace {

using Root = FieldRef::Root;

// The object that the line is, but for space around it.
Raw object_of(std::string_view line) {
  constexpr std::string_view kSpace = " \t\r";
  const std::size_t begin = line.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  const std::string_view text = line.substr(begin, line.find_last_not_of(kSpace) + 1 - begin);
  return {text.data(), static_cast<std::uint32_t>(text.size()), RawKind::kObject, false};
}

}  // namespace

void Record::load_place(Place place, const Raw& object) {
  Members& list = members(place);
  list.clear();
  RawWalk walk(object);
  Raw key;
  Raw value;
  while (walk.next(key, value)) list.push_back({key.text(), value});
  nested_[static_cast<std::size_t>(place)] = object.kind == RawKind::kObject;
}

void Record::load() {
  if (changed_) return;
  if (!whole_) scan_all();
  const bool text = is_text_;
  for (std::size_t place = 0; place < kPlaces; ++place) {
    members_[place].clear();
    nested_[place] = false;
  }
  if (text) {
    std::string_view body = line_;
    if (body.ends_with('\r')) body.remove_suffix(1);
    members(Place::kTop).push_back({"body", as_raw(Value::string(body))});
  } else {
    load_place(Place::kTop, object_of(line_));
    load_place(Place::kAttributes, find(Place::kTop, "attributes"));
    load_place(Place::kResource, find(Place::kTop, "resource"));
  }
  changed_ = true;
  is_text_ = false;
  for (const Pending& one : pending_) set_kept(targets_[one.target].plan, one.value);
  pending_.clear();
}

// Of few names: those out of data (parse json) are made right away.
std::optional<std::size_t> Record::find_target(const FieldPlan& field) {
  constexpr std::size_t kMost = 8;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    if (targets_[i].plan.ref == field.ref) return i;
  }
  if (targets_.size() == kMost) return std::nullopt;
  targets_.push_back({field, fields_.slot_to_set(field)});
  return targets_.size() - 1;
}

bool Record::defer(const FieldPlan& field, const Raw& value) {
  if (changed_ || !value || is_text()) return false;
  const auto target = find_target(field);
  if (!target || !targets_[*target].slot) return false;
  pending_.push_back({*target, value});
  const std::size_t slot = *targets_[*target].slot;
  if (slot == fields_.size()) return true;
  known_[slot] = kRawKnown;
  raws_[slot] = value;
  chosen_[slot] = &fields_.plan(slot).record.front();
  return true;
}

// What was read before a change may no longer be so.
void Record::touch() { std::fill(known_.begin(), known_.end(), std::uint8_t{0}); }

std::string_view Record::as_json(const Value& value) {
  std::string text;
  if (value.is_string()) text.reserve(value.text().size() + 2);
  append_json(text, value);
  return kept_.keep(text);
}

Raw Record::as_raw(const Value& value) { return to_raw(as_json(value)); }

std::string_view Record::json_of(const Raw& raw, Convert how) {
  if (how == Convert::kNone) return raw.token();
  return as_json(convert(raw, how, fields_.now(), scratch_));
}

void Record::put(Place place, std::string_view key, const Raw& value) {
  Members& list = members(place);
  if (place != Place::kTop && !nested_[static_cast<std::size_t>(place)]) {
    nested_[static_cast<std::size_t>(place)] = true;
    const std::string_view name = place == Place::kAttributes ? "attributes" : "resource";
    erase(Place::kTop, name);
    members(Place::kTop).push_back({name, to_raw("{}")});
  }
  if (place == Place::kTop) {
    const Place inner = place_of(key);
    if (inner != Place::kTop) load_place(inner, value);
  }
  const auto is_it = [key](const Member& member) { return is_key(member.key, key); };
  const auto first = std::find_if(list.begin(), list.end(), is_it);
  if (first != list.end()) {
    first->value = value;
    // Of a key that stands there twice most readers take the last: it must not be the old one.
    list.erase(std::remove_if(first + 1, list.end(), is_it), list.end());
    return;
  }
  std::string quoted;
  append_json(quoted, Value::string(key));
  list.push_back({kept_.keep(std::string_view(quoted).substr(1, quoted.size() - 2)), value});
}

bool Record::erase(Place place, std::string_view key) {
  const auto gone =
      std::erase_if(members(place), [&](const Member& member) { return is_key(member.key, key); });
  const Place inner = place == Place::kTop ? place_of(key) : Place::kTop;
  if (gone != 0 && inner != Place::kTop) {
    members(inner).clear();
    nested_[static_cast<std::size_t>(inner)] = false;
  }
  return gone != 0;
}

// Where the field stands now.
std::optional<Candidate> Record::locate(const FieldPlan& field) {
  for (const Candidate& candidate : has_signal() ? field.record : field.foreign) {
    const Raw raw = lookup(candidate);
    if (is_field(candidate, raw)) return candidate;
  }
  return std::nullopt;
}

// Where a field goes that is not there yet, by its name.
Place Record::home(const FieldPlan& field) const {
  if (field.ref.root == Root::kResource) return Place::kResource;
  const bool is_known = field.ref.root == Root::kAny && find_record_field(field.ref.name);
  return is_known || !has_signal() ? Place::kTop : Place::kAttributes;
}

void Record::set(const FieldPlan& field, const Value& value) {
  if (value.is_missing()) return drop(field);
  set_kept(field, as_raw(value));
}

void Record::set_raw(const FieldPlan& field, std::string_view json) {
  set_kept(field, to_raw(kept_.keep(json)));
}

void Record::set_kept(const FieldPlan& field, const Raw& value) {
  if (defer(field, value)) return;
  load();
  if (field.ref.root == Root::kAny && field.ref.name == "severity" && has_signal()) {
    return set_severity(value);
  }
  const auto where = locate(field);
  // A computed field, or one found by descent, is set beside what it came from.
  if (!where || !where->rest.empty() || where->convert >= Convert::kDuration) {
    put(home(field), field.ref.name, value);
  } else {
    put(where->place, where->key, value);
  }
  touch();
}

// In an obs record the number says what the word only repeats.
void Record::set_severity(const Raw& value) {
  const Value word = to_value(value, scratch_);
  const std::int32_t number = word.is_string() ? model::parse_severity(word.text()) : 0;
  put(Place::kTop, "severity", value);
  if (number == 0) {
    erase(Place::kTop, "severity_number");
  } else {
    put(Place::kTop, "severity_number", as_raw(Value::integer(number)));
  }
  touch();
}

void Record::drop(const FieldPlan& field) {
  load();
  // Of two places that both mean the field, the second must not take over.
  for (int guard = 0; guard < 16; ++guard) {
    const auto where = locate(field);
    if (!where || where->convert >= Convert::kDuration) break;
    if (where->rest.empty()) {
      erase(where->place, where->key);
    } else {
      const std::string left = without(find(where->place, where->key), where->rest);
      if (left.size() == find(where->place, where->key).token().size()) break;
      put(where->place, where->key, to_raw(kept_.keep(left)));
      // The items behind one that goes move up: the next of that index is another.
      if (where->rest.find('[') != std::string::npos) break;
    }
  }
  if (field.ref.name == "severity" && field.ref.root == Root::kAny)
    erase(Place::kTop, "severity_number");
  touch();
}

std::string_view Record::find_json(const FieldPlan& field) {
  load();
  const auto where = locate(field);
  if (!where) return {};
  return json_of(lookup(*where), where->convert);
}

void Record::rename(const FieldPlan& from, const FieldPlan& to) {
  load();
  const std::string_view json = find_json(from);
  if (json.empty()) return;
  const std::string_view kept = kept_.keep(json);
  drop(from);
  set_raw(to, kept);
}

void Record::keep(std::span<const std::size_t> fields) {
  if (!whole_ && !changed_) scan_all();  // As for every line that goes out.
  if (!pending_.empty() || is_text_) load();
  struct Kept {
    Place place;
    std::string_view key;
    std::string_view json;
  };
  std::vector<Kept> kept;
  for (const std::size_t field : fields) {
    Raw raw;
    const Candidate* const where = resolve(field, raw);
    if (where == nullptr) continue;
    if (where->rest.empty() && where->convert < Convert::kDuration) {
      kept.push_back({where->place, where->key, raw.token()});
    } else {
      const FieldPlan& plan = fields_.plan(field);
      kept.push_back({home(plan), plan.ref.name, json_of(raw, where->convert)});
    }
    // The word beside the number.
    const Raw word = where->key == "severity_number" ? lookup({.key = "severity"}) : Raw();
    if (word) kept.push_back({Place::kTop, "severity", word.token()});
  }
  changed_ = true;
  for (std::size_t place = 0; place < kPlaces; ++place) {
    members_[place].clear();
    nested_[place] = false;
  }
  for (const Kept& one : kept) put(one.place, one.key, to_raw(one.json));
  touch();
}

void Record::set_error(std::string_view sentence) {
  load();
  if (find(Place::kTop, "_error")) return;
  put(Place::kTop, "_error", as_raw(Value::string(sentence)));
  touch();
}

}  // namespace obs::lang
