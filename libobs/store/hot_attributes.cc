#include "libobs/store/hot_attributes.h"

#include <algorithm>

#include "libobs/base/arena.h"
#include "libobs/base/hash.h"
#include "libobs/base/text.h"
#include "libobs/codec/json.h"

namespace obs::store {
namespace {

using model::Signal;
using model::ValueKind;

std::optional<HotType> parse_type(std::string_view name) {
  for (const HotType type : {HotType::kText, HotType::kInt, HotType::kBool}) {
    if (name == to_sql_type(type)) return type;
  }
  return std::nullopt;
}

}  // namespace

bool has_hot_attributes(Signal signal) { return signal != Signal::kMetrics; }

// DuckDB takes names that end at their first NUL.
bool can_name_column(std::string_view key) {
  return key.size() <= kMaxHotKeyBytes && key.find('\0') == std::string_view::npos &&
         is_valid_utf8(key);
}

std::string column_of(std::string_view key) { return "attributes." + std::string(key); }

std::string_view to_sql_type(HotType type) {
  switch (type) {
    case HotType::kInt: return "BIGINT";
    case HotType::kBool: return "BOOLEAN";
    case HotType::kText: break;
  }
  return "VARCHAR";
}

std::optional<HotType> hot_type_of(const model::Value& value) {
  switch (value.kind()) {
    case ValueKind::kString: return HotType::kText;
    case ValueKind::kInt: return HotType::kInt;
    case ValueKind::kBool: return HotType::kBool;
    default: return std::nullopt;
  }
}

const HotAttribute* find_hot(std::span<const HotAttribute> hot, std::string_view key) {
  const auto found = std::lower_bound(hot.begin(), hot.end(), key,
                                      [](const HotAttribute& attribute, std::string_view wanted) {
                                        return attribute.key < wanted;
                                      });
  return found == hot.end() || found->key != key ? nullptr : &*found;
}

std::string to_json(std::span<const HotAttribute> hot) {
  std::string json = "{";
  for (const HotAttribute& attribute : hot) {
    if (json.size() > 1) json += ',';
    append_json_string(json, attribute.key);
    json += ':';
    append_json_string(json, to_sql_type(attribute.type));
  }
  return json + "}";
}

Result<HotAttributes> parse_hot_attributes(std::string_view json) {
  const auto malformed = [&] {
    return fail(Errc::kMalformed, "unreadable list of hot attributes: " + std::string(json));
  };
  Arena arena;
  const auto parsed = codec::parse_json(json, arena);
  if (!parsed || parsed->kind() != ValueKind::kMap) return malformed();
  HotAttributes hot;
  for (const model::KeyValue& entry : parsed->as_map()) {
    if (!entry.value.is_string()) return malformed();
    const auto type = parse_type(entry.value.as_string());
    if (!type) return malformed();
    hot.push_back({std::string(entry.key), *type});
  }
  std::sort(hot.begin(), hot.end(),
            [](const HotAttribute& a, const HotAttribute& b) { return a.key < b.key; });
  return hot;
}

std::span<const model::Attributes> attributes_of(const model::Batch& batch) {
  switch (batch.signal) {
    case Signal::kLogs: return batch.logs.attributes;
    case Signal::kSpans: return batch.spans.attributes;
    case Signal::kMetrics: break;
  }
  return batch.metrics.attributes;
}

HotIndex::HotIndex(std::span<const HotAttribute> hot) : hot_(hot) {
  slots_.fill(kFree);
  for (std::size_t i = 0; i < hot.size(); ++i) {
    std::size_t slot = hash64(hot[i].key) % kSlots;
    while (slots_[slot] != kFree) slot = (slot + 1) % kSlots;
    slots_[slot] = static_cast<std::uint8_t>(i);
  }
}

std::size_t HotIndex::look_up(std::string_view key) const {
  if (hot_.empty()) return kNone;
  for (std::size_t slot = hash64(key) % kSlots; slots_[slot] != kFree; slot = (slot + 1) % kSlots) {
    if (hot_[slots_[slot]].key == key) return slots_[slot];
  }
  return kNone;
}

}  // namespace obs::store
