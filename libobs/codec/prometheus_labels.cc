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

void PrometheusLabels::clear() {
  labels_.clear();
  name_ = job_ = instance_ = {};
  sorted_ = true;
  nameless_ = twice_ = false;
}

// Most series have their labels in order, and then no two are the same.
void PrometheusLabels::add(std::string_view name, std::string_view value) {
  if (name.empty()) nameless_ = true;
  if (value.empty()) return;
  if (take(name, value)) return;
  if (!labels_.empty() && !(labels_.back().key < name)) sorted_ = false;
  labels_.push_back({name, Value::string(value)});
}

bool PrometheusLabels::take(std::string_view name, std::string_view value) {
  std::string_view* place = nullptr;
  if (name == kNameLabel) place = &name_;
  if (name == "job") place = &job_;
  if (name == "instance") place = &instance_;
  if (place == nullptr) return false;
  if (!place->empty()) twice_ = true;
  *place = value;
  return true;
}

std::string_view PrometheusLabels::settle(bool needs_name) {
  if (needs_name && name_.empty()) return "a series has no __name__";
  if (nameless_) return "a label has no name";
  if (!sorted_) {
    const auto by_key = [](const KeyValue& a, const KeyValue& b) { return a.key < b.key; };
    const auto same = [](const KeyValue& a, const KeyValue& b) { return a.key == b.key; };
    std::sort(labels_.begin(), labels_.end(), by_key);
    if (std::adjacent_find(labels_.begin(), labels_.end(), same) != labels_.end()) twice_ = true;
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
