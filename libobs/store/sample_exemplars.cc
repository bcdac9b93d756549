#include "libobs/store/sample_exemplars.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "libobs/base/arena.h"
#include "libobs/codec/json.h"
#include "libobs/store/catalog_series.h"
#include "libobs/store/sample_numbers.h"

namespace obs::store {
namespace {

using model::Attributes;
using model::Value;
using model::ValueKind;

double to_number(const Value& value) {
  if (value.kind() == ValueKind::kInt) return static_cast<double>(value.as_int());
  return value.kind() == ValueKind::kDouble ? value.as_double() : stale_number();
}

void set_label(Labels& labels, std::string_view name, std::string value) {
  if (!value.empty()) labels.emplace_back(name, std::move(value));
}

// trace_id and span_id, then what is left of the point's attributes.
Labels make_labels(std::string trace_id, std::string span_id, Attributes attributes,
                   NameStrategy strategy) {
  Labels labels = attribute_labels(attributes, strategy);
  set_label(labels, "trace_id", std::move(trace_id));
  set_label(labels, "span_id", std::move(span_id));
  std::stable_sort(labels.begin(), labels.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  return labels;
}

std::string text_of(Attributes object, std::string_view key) {
  const Value* found = model::find_attribute(object, key);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

SampleExemplar to_exemplar(Attributes object, NameStrategy strategy) {
  SampleExemplar made;
  made.time = parse_rfc3339(text_of(object, "time")).value_or(0);
  const Value* value = model::find_attribute(object, "value");
  made.value = value == nullptr ? stale_number() : to_number(*value);
  const Value* attributes = model::find_attribute(object, "filtered_attributes");
  const bool has_any = attributes != nullptr && attributes->kind() == ValueKind::kMap;
  made.labels = make_labels(text_of(object, "trace_id"), text_of(object, "span_id"),
                            has_any ? attributes->as_map() : Attributes(), strategy);
  return made;
}

template <class Id>
std::string hex_or_none(const Id& id) {
  return id.is_zero() ? std::string() : to_hex(id);
}

}  // namespace

void ExemplarList::keep(SampleExemplar exemplar, Timestamp point_time, const SampleRange& range) {
  if (exemplar.time == 0) exemplar.time = point_time;
  if (exemplar.time < range.since || exemplar.time >= range.until) return;
  exemplars_.push_back(std::move(exemplar));
}

void ExemplarList::add_json(std::string_view json, Timestamp point_time, const SampleRange& range) {
  Arena arena;
  const auto parsed = codec::parse_record_value(json, arena);
  if (!parsed || parsed->kind() != ValueKind::kArray) return;
  for (const Value& item : parsed->as_array()) {
    if (item.kind() == ValueKind::kMap)
      keep(to_exemplar(item.as_map(), strategy_), point_time, range);
  }
}

void ExemplarList::add(std::span<const model::Exemplar> exemplars, Timestamp point_time,
                       const SampleRange& range) {
  for (const model::Exemplar& exemplar : exemplars) {
    keep({exemplar.time, to_number(exemplar.value),
          make_labels(hex_or_none(exemplar.trace_id), hex_or_none(exemplar.span_id),
                      exemplar.filtered_attributes, strategy_)},
         point_time, range);
  }
}

std::vector<SampleExemplar> ExemplarList::take() {
  const auto key = [](const SampleExemplar& exemplar) {
    return std::tie(exemplar.time, exemplar.labels);
  };
  std::stable_sort(exemplars_.begin(), exemplars_.end(),
                   [&](const auto& a, const auto& b) { return key(a) < key(b); });
  const auto kept = std::unique(exemplars_.begin(), exemplars_.end(), [&](auto& a, auto& b) {
    return key(a) == key(b) && a.value == b.value;
  });
  exemplars_.erase(kept, exemplars_.end());
  return std::move(exemplars_);
}

}  // namespace obs::store
