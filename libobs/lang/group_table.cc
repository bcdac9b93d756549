#include "libobs/lang/group_table.h"

#include <cmath>
#include <cstring>

#include "libobs/base/hash.h"

namespace obs::lang {
namespace {

constexpr std::size_t kFirstSlots = 64;

template <class T>
void append_bytes(std::string& out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

template <class T>
T take_bytes(std::string_view& key) {
  T value;
  std::memcpy(&value, key.data(), sizeof(T));
  key.remove_prefix(sizeof(T));
  return value;
}

void append_number(std::string& key, char kind, std::int64_t value) {
  key += kind;
  append_bytes(key, value);
}

void append_double_key(std::string& key, double value) {
  const bool whole = std::trunc(value) == value && std::fabs(value) < 0x1p53;
  if (whole) return append_number(key, 'i', static_cast<std::int64_t>(value));
  key += 'd';
  append_bytes(key, std::isnan(value) ? std::nan("") : value);
}

void append_text_key(std::string& key, char kind, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  const std::size_t at = key.size();
  key.resize(at + 1 + sizeof(size) + size);
  char* const to = key.data() + at;
  to[0] = kind;
  std::memcpy(to + 1, &size, sizeof(size));
  std::memcpy(to + 1 + sizeof(size), text.data(), size);
}

std::string_view take_text(std::string_view& key) {
  const auto size = take_bytes<std::uint32_t>(key);
  const std::string_view text = key.substr(0, size);
  key.remove_prefix(size);
  return text;
}

}  // namespace

void append_key(std::string& key, const Value& value) {
  switch (value.kind()) {
    case ValueKind::kMissing:
    case ValueKind::kNull: key += 'n'; return;
    case ValueKind::kBool: key += value.as_bool() ? 't' : 'f'; return;
    case ValueKind::kInt: return append_number(key, 'i', value.as_int());
    case ValueKind::kDuration: return append_number(key, 'D', value.as_int());
    case ValueKind::kTime: return append_number(key, 'T', value.as_int());
    case ValueKind::kDouble: return append_double_key(key, value.as_double());
    case ValueKind::kString: return append_text_key(key, 's', value.text());
    case ValueKind::kJson: return append_text_key(key, 'j', value.text());
  }
}

Value take_key(std::string_view& key) {
  const char kind = key.front();
  key.remove_prefix(1);
  switch (kind) {
    case 't': return Value::boolean(true);
    case 'f': return Value::boolean(false);
    case 'i': return Value::integer(take_bytes<std::int64_t>(key));
    case 'D': return Value::duration(take_bytes<std::int64_t>(key));
    case 'T': return Value::time(take_bytes<std::int64_t>(key));
    case 'd': return Value::number(take_bytes<double>(key));
    case 's': return Value::string(take_text(key));
    case 'j': return Value::json(take_text(key));
    default: return Value::null();
  }
}

bool sorts_before(std::string_view left, std::string_view right) {
  while (!left.empty() && !right.empty()) {
    const int sign = order(take_key(left), take_key(right));
    if (sign != 0) return sign < 0;
  }
  return false;
}

GroupTable::GroupTable() : slots_(kFirstSlots) {}

std::uint32_t GroupTable::find(std::string_view key) {
  const std::uint64_t hash = hash64(key);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    Slot& slot = slots_[at];
    if (slot.group == kNone) {
      slot = {hash, static_cast<std::uint32_t>(keys_.size())};
      keys_.push_back(text_.keep(key));
      bytes_ += key.size() + sizeof(std::string_view) + 2 * sizeof(Slot);
      if (keys_.size() * 2 > slots_.size()) grow();
      return static_cast<std::uint32_t>(keys_.size() - 1);
    }
    if (slot.hash == hash && keys_[slot.group] == key) return slot.group;
  }
}

void GroupTable::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.group == kNone) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].group != kNone) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

void GroupTable::clear() {
  slots_.assign(kFirstSlots, {});
  keys_.clear();
  text_.clear();
  bytes_ = 0;
}

bool HashSet::add(std::string_view key) {
  const Hash128 bytes = hash128(key);
  Hash hash;
  std::memcpy(&hash.low, bytes.data(), 8);
  std::memcpy(&hash.high, bytes.data() + 8, 8);
  if (hash == Hash()) hash.high = 1;
  return add(hash);
}

bool HashSet::add(Hash hash) {
  if ((count_ + 1) * 2 > slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash.low & mask;; at = (at + 1) & mask) {
    Hash& there = slots_[at];
    if (there == Hash()) {
      there = hash;
      ++count_;
      return true;
    }
    if (there == hash) return false;
  }
}

void HashSet::add_all(const HashSet& other) {
  for (const Hash& hash : other.slots_) {
    if (hash != Hash()) add(hash);
  }
}

std::vector<HashSet::Hash> HashSet::hashes() const {
  std::vector<Hash> hashes;
  hashes.reserve(count_);
  for (const Hash& hash : slots_) {
    if (hash != Hash()) hashes.push_back(hash);
  }
  return hashes;
}

void HashSet::grow() {
  std::vector<Hash> old(slots_.empty() ? 8 : slots_.size() * 2);
  old.swap(slots_);
  count_ = 0;
  for (const Hash& hash : old) {
    if (hash != Hash()) add(hash);
  }
}

}  // namespace obs::lang
