#include "libobs/model/value.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

namespace obs::model {
namespace {

// Pairs that still have to be compared. A stack of our own, since a caller's tree may be deeper
// than the thread's.
using Pairs = std::vector<std::pair<Value, Value>>;

// True when the two agree as far as can be seen here; adds what lies below them to `below`.
bool agrees(const Value& a, const Value& b, Pairs& below) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case ValueKind::kNone:
    case ValueKind::kEmpty: return true;
    case ValueKind::kString:
    case ValueKind::kBytes: return a.as_string() == b.as_string();
    case ValueKind::kBool: return a.as_bool() == b.as_bool();
    case ValueKind::kInt: return a.as_int() == b.as_int();
    case ValueKind::kDouble:
      return std::bit_cast<std::uint64_t>(a.as_double()) ==
             std::bit_cast<std::uint64_t>(b.as_double());
    case ValueKind::kArray: {
      const auto items = a.as_array();
      const auto others = b.as_array();
      if (items.size() != others.size()) return false;
      for (std::size_t i = 0; i < items.size(); ++i) below.emplace_back(items[i], others[i]);
      return true;
    }
    case ValueKind::kMap: {
      const auto entries = a.as_map();
      const auto others = b.as_map();
      if (entries.size() != others.size()) return false;
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if (entries[i].key != others[i].key) return false;
        below.emplace_back(entries[i].value, others[i].value);
      }
      return true;
    }
  }
  return false;
}

}  // namespace

const Value* find_attribute(Attributes attributes, std::string_view key) {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [key](const KeyValue& entry) { return entry.key == key; });
  return found == attributes.end() ? nullptr : &found->value;
}

bool operator==(const Value& a, const Value& b) {
  Pairs below;
  if (!agrees(a, b, below)) return false;
  while (!below.empty()) {
    const auto [x, y] = below.back();
    below.pop_back();
    if (!agrees(x, y, below)) return false;
  }
  return true;
}

bool operator==(const KeyValue& a, const KeyValue& b) {
  return a.key == b.key && a.value == b.value;
}

}  // namespace obs::model
