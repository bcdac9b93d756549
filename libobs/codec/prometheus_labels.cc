#include "libobs/codec/prometheus_labels.h"

#include <algorithm>

#include "libobs/base/text.h"

namespace obs::codec {
namespace {

using model::KeyValue;
using model::Value;

constexpr std::string_view kLowerHex = "0123456789abcdef";

// Lower case, as OTLP's ids are written, so that what is read again is what was sent.
template <class Id>
bool take_id(std::string_view text, Id& id) {
  if (text.size() != 2 * id.bytes.size()) return false;
  if (text.find_first_not_of(kLowerHex) != std::string_view::npos) return false;
  return parse_hex(text, id.bytes) && id != Id();
}

}  // namespace

std::string_view PrometheusLabels::settle(bool needs_name) {
  if (needs_name && name_.empty()) return "a series has no __name__";
  if (nameless_) return "a label has no name";
  if (!sorted_) {
    const auto by_key = [](const KeyValue& a, const KeyValue& b) { return a.key < b.key; };
    const auto same = [](const KeyValue& a, const KeyValue& b) { return a.key == b.key; };
    const auto end = labels_.begin() + static_cast<std::ptrdiff_t>(size_);
    std::sort(labels_.begin(), end, by_key);
    if (std::adjacent_find(labels_.begin(), end, same) != end) twice_ = true;
  }
  return twice_ ? "a label is there twice" : std::string_view();
}

void set_exemplar_label(std::string_view name, std::string_view value, model::Exemplar& exemplar,
                        std::vector<KeyValue>& rest) {
  if (name == "trace_id" && take_id(value, exemplar.trace_id)) return;
  if (name == "span_id" && take_id(value, exemplar.span_id)) return;
  rest.push_back({name, Value::string(value)});
}

}  // namespace obs::codec
