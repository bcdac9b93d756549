#include "libobs/lang/record.h"

#include <algorithm>

#include "libobs/base/text.h"

namespace obs::lang {
namespace {

const StopRules kNeverStop;
constexpr std::size_t kLongLine = 1 << 20;
constexpr std::string_view kPlaceKeys[kPlaces] = {"", "attributes", "resource"};

// What a scan that stopped early would not see.
bool is_cut_off(std::string_view line) {
  const std::size_t last = line.find_last_not_of(" \t\r");
  return last == std::string_view::npos || line[last] != '}';
}

}  // namespace

bool is_key(std::string_view written, std::string_view key) {
  if (written == key) return true;
  if (written.find('\\') == std::string_view::npos) return false;
  Scratch scratch;
  const Raw raw{written.data(), static_cast<std::uint32_t>(written.size()), RawKind::kString, true};
  return unescape(raw, scratch) == key;
}

Record::Record(const FieldTable& fields)
    : fields_(fields),
      values_(fields.size()),
      raws_(fields.size()),
      chosen_(fields.size()),
      known_(fields.size()) {}

void Record::reset(std::string_view line, bool is_text) {
  line_ = line;
  is_text_ = is_text;
  scanned_ = is_text;
  whole_ = is_text;
  scan_.found = 0;
  std::fill(known_.begin(), known_.end(), std::uint8_t{0});
  scratch_.clear();
  if (!is_changed()) return;
  changed_ = false;
  pending_.clear();
  kept_.clear();
}

void Record::scan() {
  scanned_ = true;
  const ScanEnd end = scan_fields(line_, fields_.keys(), *rules_, scan_);
  if (end == ScanEnd::kStopped && is_cut_off(line_)) return scan_all();
  whole_ = end != ScanEnd::kStopped;
  is_text_ = end == ScanEnd::kMalformed;
  if (is_text_) scan_.found = 0;
}

void Record::scan_all() {
  scanned_ = true;
  whole_ = true;
  is_text_ = scan_fields(line_, fields_.keys(), kNeverStop, scan_) == ScanEnd::kMalformed;
  if (is_text_) scan_.found = 0;
}

bool Record::is_text() {
  if (!scanned_ && !changed_) scan();
  return is_text_;
}

bool Record::has_signal() const {
  if (changed_) return static_cast<bool>(find(Place::kTop, "signal"));
  return static_cast<bool>(scan_.at(fields_.signal_key()));
}

Raw Record::find(Place place, std::string_view key) const {
  for (const Member& member : members(place)) {
    if (is_key(member.key, key)) return member.value;
  }
  return {};
}

// What a scan had no room to look for.
Raw Record::find_in_line(const Candidate& candidate) const {
  const Raw line = to_raw(line_);
  if (candidate.place == Place::kTop) return find_member(line, candidate.key);
  const Raw object = find_member(line, kPlaceKeys[static_cast<std::size_t>(candidate.place)]);
  return object.kind == RawKind::kObject ? find_member(object, candidate.key) : Raw();
}

Raw Record::lookup(const Candidate& candidate) const {
  Raw raw;
  if (changed_) {
    raw = find(candidate.place, candidate.key);
  } else if (candidate.index < kMaxScanKeys) {
    raw = scan_.at(candidate.index);
  } else {
    raw = find_in_line(candidate);
  }
  if (raw && !candidate.rest.empty()) raw = descend(raw, candidate.rest);
  return raw;
}

// Whether what stands in the candidate's place means the field.
bool Record::is_field(const Candidate& candidate, const Raw& raw) {
  if (!raw || !fits(raw, candidate.fit, scratch_)) return false;
  return std::all_of(candidate.beside.begin(), candidate.beside.end(), [this](const auto& other) {
    const Raw there = lookup(other);
    return there && fits(there, other.fit, scratch_);
  });
}

const Candidate* Record::resolve(std::size_t field, Raw& raw) {
  const FieldPlan& plan = fields_.plan(field);
  for (const Candidate& candidate : has_signal() ? plan.record : plan.foreign) {
    const bool was_scanned = !changed_ && candidate.index < kMaxScanKeys;
    const bool is_absent = was_scanned && (scan_.found >> candidate.index & 1) == 0;
    if (was_scanned && !is_absent && candidate.is_plain) {
      raw = scan_.raw[candidate.index];
      return &candidate;
    }
    if (!is_absent) {
      raw = lookup(candidate);
      if (is_field(candidate, raw)) return &candidate;
    }
    if (!whole_ && !changed_) {  // The scan stopped at what turned out not to be the field.
      scan_all();
      return resolve(field, raw);
    }
  }
  raw = {};
  return nullptr;
}

void Record::find_field(std::size_t field) {
  known_[field] = kRawKnown;
  raws_[field] = {};
  chosen_[field] = nullptr;
  if (!scanned_ && !changed_) scan();
  if (is_text_) {
    if (fields_.plan(field).is_body)
      values_[field] = Value::string(line_);
    else
      values_[field] = {};
    known_[field] = kValueKnown;
    return;
  }
  chosen_[field] = resolve(field, raws_[field]);
}

const Raw& Record::raw(std::size_t field) {
  static const Raw kNone;
  if (known_[field] == 0) find_field(field);
  const Candidate* const chosen = chosen_[field];
  return chosen != nullptr && chosen->convert == Convert::kNone ? raws_[field] : kNone;
}

Value Record::get(std::size_t field) {
  if (known_[field] == kValueKnown) return values_[field];
  if (known_[field] == 0) find_field(field);
  if (known_[field] == kValueKnown) return values_[field];
  known_[field] = kValueKnown;
  const Candidate* const chosen = chosen_[field];
  values_[field] =
      chosen == nullptr ? Value() : convert(raws_[field], chosen->convert, fields_.now(), scratch_);
  return values_[field];
}

void Record::append_line(std::string& out) {
  if (!is_changed()) {
    if (!trusted_ && !whole_) scan_all();
    if (!trusted_ && is_text_) return append_body(out);
    out += line_;
    out += '\n';
    return;
  }
  load();
  // Twice as much as is needed, which is what growing comes to, would be too much for long lines.
  if (out.empty() && line_.size() > kLongLine) out.reserve(line_.size() * 2);
  append_members(out, Place::kTop);
  out += '\n';
}

void Record::append_body(std::string& out) const {
  std::string_view line = line_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  out += "{\"body\":";
  append_json(out, Value::string(line));
  out += "}\n";
}

void Record::append_members(std::string& out, Place place) const {
  out += '{';
  for (const Member& member : members(place)) {
    if (out.back() != '{') out += ',';
    out += '"';
    out += member.key;
    out += "\":";
    const Place inner = place == Place::kTop ? place_of(member.key) : Place::kTop;
    if (inner != Place::kTop && nested_[static_cast<std::size_t>(inner)]) {
      append_members(out, inner);
    } else {
      out += member.value.token();
    }
  }
  out += '}';
}

Place Record::place_of(std::string_view key) {
  if (key == kPlaceKeys[1]) return Place::kAttributes;
  if (key == kPlaceKeys[2]) return Place::kResource;
  return Place::kTop;
}

}  // namespace obs::lang
