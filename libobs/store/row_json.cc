#include "libobs/store/row_json.h"

#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/codec/record.h"

namespace obs::store {

std::string scope_json(const model::Scope& scope) {
  std::string out;
  if (codec::has_record_scope(scope)) codec::append_record_scope(out, scope);
  return out;
}

std::string resource_extra_json(const model::Resource& resource) {
  std::string out;
  ExtraJson extra(out);
  extra.add_text("resource_schema_url", resource.schema_url);
  extra.add_count("resource_dropped_attributes_count", resource.dropped_attributes_count);
  if (resource.entity_refs.kind() != model::ValueKind::kNone) {
    codec::append_record_value(extra.begin("entity_refs"), resource.entity_refs);
  }
  extra.finish();
  return out;
}

std::string metric_extra_json(const model::Metric& metric) {
  std::string out;
  ExtraJson extra(out);
  if (!metric.metadata.empty()) {
    codec::append_record_map(extra.begin("metadata"), metric.metadata);
  }
  extra.finish();
  return out;
}

std::string temporality_text(std::int32_t temporality) {
  if (temporality == 0) return {};
  const std::string_view name = model::temporality_name(temporality);
  return name.empty() ? std::to_string(temporality) : std::string(name);
}

void ExtraJson::add_object(std::string_view object) {
  if (object.empty()) return;
  out_ += out_.empty() ? '{' : ',';
  out_ += object.substr(1, object.size() - 2);
}

std::string& ExtraJson::begin(std::string_view key) {
  out_ += out_.empty() ? "{\"" : ",\"";
  out_ += key;
  out_ += "\":";
  return out_;
}

void ExtraJson::add_text(std::string_view key, std::string_view text) {
  if (!text.empty()) append_json_string(begin(key), text);
}

void ExtraJson::add_count(std::string_view key, std::uint64_t count) {
  if (count != 0) append_uint(begin(key), count);
}

void ExtraJson::add_time_source(model::TimeSource source) {
  if (source == model::TimeSource::kObserved) add_text("time_source", "observed");
  if (source == model::TimeSource::kReceived) add_text("time_source", "received");
}

std::string_view ExtraJson::finish() {
  if (!out_.empty()) out_ += '}';
  return out_;
}

}  // namespace obs::store
