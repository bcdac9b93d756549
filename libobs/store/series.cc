#include "libobs/store/series.h"

#include <algorithm>
#include <cstring>

#include "libobs/codec/json.h"
#include "libobs/store/row_json.h"

namespace obs::store {
namespace {

using model::KeyValue;
using model::Metric;
using model::Value;
using model::ValueKind;

template <class T>
void append_plain(std::string& bytes, T value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  bytes.append(raw, sizeof(T));
}

// With its length, so that two texts are never taken for another two.
void append_text(std::string& bytes, std::string_view text) {
  append_plain(bytes, static_cast<std::uint32_t>(text.size()));
  bytes += text;
}

void append_value(std::string& bytes, const Value& value) {
  append_plain(bytes, value.kind());
  switch (value.kind()) {
    case ValueKind::kNone:
    case ValueKind::kEmpty: return;
    case ValueKind::kString: return append_text(bytes, value.as_string());
    case ValueKind::kBool: return append_plain(bytes, value.as_bool());
    case ValueKind::kInt: return append_plain(bytes, value.as_int());
    case ValueKind::kDouble: return append_plain(bytes, value.as_double());
    case ValueKind::kBytes:
    case ValueKind::kArray:
    case ValueKind::kMap: break;
  }
  std::string json;
  codec::append_record_value(json, value);
  append_text(bytes, json);
}

const Metric& metric_of(const RowBatch& batch, std::uint32_t row) {
  return batch.batch->metrics.metrics[batch.batch->metrics.metric[row]];
}

const ResourceText& resource_of(const RowBatch& batch, const Metric& metric) {
  return batch.resources[batch.batch->scopes[metric.scope].resource];
}

bool by_key(const KeyValue* a, const KeyValue* b) { return a->key < b->key; }

// Keys that are there twice keep their order.
void sort_by_key(model::Attributes attributes, std::vector<const KeyValue*>& sorted) {
  sorted.clear();
  for (const KeyValue& entry : attributes) sorted.push_back(&entry);
  if (std::is_sorted(sorted.begin(), sorted.end(), by_key)) return;
  std::stable_sort(sorted.begin(), sorted.end(), by_key);
}

}  // namespace

SeriesHasher::SeriesHasher(const RowBatch& batch)
    : batch_(batch),
      project_(hash128(batch.batch->project)),
      scopes_(batch.batch->scopes.size()),
      metrics_(batch.batch->metrics.metrics.size()) {}

const Hash128& SeriesHasher::scope_hash(std::uint32_t index) {
  std::optional<Hash128>& known = scopes_[index];
  if (known) return *known;
  const ResourceText& resource = batch_.resources[batch_.batch->scopes[index].resource];
  bytes_.clear();
  append_text(bytes_, batch_.batch->project);
  append_plain(bytes_, resource.service.has_value());
  append_text(bytes_, resource.service.value_or(""));
  append_text(bytes_, resource.attributes);
  append_text(bytes_, resource.extra);
  append_text(bytes_, batch_.scopes[index]);
  known = hash128(bytes_);
  return *known;
}

// Many batches have a metric for each point, so the longer texts are not hashed with it.
const Hash128& SeriesHasher::metric_hash(std::uint32_t index) {
  std::optional<Hash128>& known = metrics_[index];
  if (known) return *known;
  const Metric& metric = batch_.batch->metrics.metrics[index];
  const Hash128& scope = scope_hash(metric.scope);
  bytes_.assign(reinterpret_cast<const char*>(scope.data()), scope.size());
  append_text(bytes_, metric.name);
  append_text(bytes_, metric.unit);
  append_text(bytes_, metric.description);
  append_text(bytes_, temporality_text(metric.temporality));
  append_text(bytes_, metric_extra_json(metric));
  append_plain(bytes_, metric.type);
  append_plain(bytes_, metric.is_monotonic);
  known = hash128(bytes_);
  return *known;
}

void SeriesHasher::append_attributes(model::Attributes attributes) {
  sort_by_key(attributes, sorted_);
  for (const KeyValue* entry : sorted_) {
    append_text(bytes_, entry->key);
    append_value(bytes_, entry->value);
  }
}

Hash128 SeriesHasher::hash(std::uint32_t row) {
  const model::MetricColumns& points = batch_.batch->metrics;
  const Hash128& metric = metric_hash(points.metric[row]);
  bytes_.assign(reinterpret_cast<const char*>(metric.data()), metric.size());
  append_attributes(points.attributes[row]);
  return hash128(bytes_);
}

bool SeriesHasher::is_only_point(std::uint32_t row) const {
  const std::vector<std::uint32_t>& metric = batch_.batch->metrics.metric;
  return (row == 0 || metric[row - 1] != metric[row]) &&
         (row + 1 == metric.size() || metric[row + 1] != metric[row]);
}

// As hash() does, but all in one go, and with the attributes in the order in which they came.
Hash128 SeriesHasher::hash_quickly(std::uint32_t row) {
  const model::MetricColumns& points = batch_.batch->metrics;
  const std::uint32_t index = points.metric[row];
  const Metric& metric = points.metrics[index];
  const bool is_whole = is_only_point(row) && metric.metadata.empty();
  quick_.clear();
  if (is_whole) {
    quick_.add(is_whole, scope_hash(metric.scope), metric.name, metric.unit, metric.description,
               metric.temporality, metric.type, metric.is_monotonic);
  } else {
    quick_.add(is_whole, metric_hash(index));
  }
  quick_.add_attributes(points.attributes[row]);
  return hash128(quick_.view());
}

Series SeriesHasher::describe(std::uint32_t row) const {
  const Metric& metric = metric_of(batch_, row);
  const ResourceText& resource = resource_of(batch_, metric);
  Series series;
  series.project = batch_.batch->project;
  if (resource.service) series.service = std::string(*resource.service);
  series.resource_id = resource.id;
  series.resource = resource.attributes;
  series.scope = batch_.scopes[metric.scope];
  series.name = metric.name;
  series.type = model::to_string(metric.type);
  series.unit = metric.unit;
  series.description = metric.description;
  series.temporality = temporality_text(metric.temporality);
  if (metric.type == model::MetricType::kSum) series.is_monotonic = metric.is_monotonic;
  codec::append_record_map(series.attributes, batch_.batch->metrics.attributes[row]);
  ExtraJson extra(series.extra);
  extra.add_object(metric_extra_json(metric));
  extra.add_object(resource.extra);
  extra.finish();
  return series;
}

}  // namespace obs::store
