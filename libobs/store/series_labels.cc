#include "libobs/store/series_labels.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "libobs/base/arena.h"
#include "libobs/codec/json.h"

namespace obs::store {
namespace {

using model::Value;
using model::ValueKind;

std::string to_label_value(const Value& value) {
  if (value.is_string()) return std::string(value.as_string());
  std::string text;
  if (value.kind() != ValueKind::kNone && value.kind() != ValueKind::kEmpty) {
    codec::append_plain_value(text, value);
  }
  return text;
}

// The members of a JSON object that we wrote ourselves; none when it is damaged.
model::Attributes parse_object(const std::string& json, Arena& arena) {
  const auto parsed = codec::parse_record_value(json, arena);
  if (!parsed || parsed->kind() != ValueKind::kMap) return {};
  return parsed->as_map();
}

std::string text_attribute(model::Attributes attributes, std::string_view key) {
  const Value* found = model::find_attribute(attributes, key);
  return found == nullptr ? std::string() : to_label_value(*found);
}

std::string job_of(const Series& series, model::Attributes resource) {
  const std::string scope = text_attribute(resource, "service.namespace");
  const std::string service = series.service.value_or("");
  return scope.empty() || service.empty() ? service : scope + "/" + service;
}

using LabelMap = std::map<std::string, std::string>;

LabelMap to_map(model::Attributes sent, NameStrategy strategy) {
  LabelMap labels;
  std::vector<model::KeyValue> attributes(sent.begin(), sent.end());
  std::stable_sort(attributes.begin(), attributes.end(),
                   [](const auto& a, const auto& b) { return a.key < b.key; });
  for (const auto& [key, value] : attributes) {
    const std::string text = to_label_value(value);
    if (text.empty()) continue;
    auto [entry, fresh] = labels.emplace(to_label_name(key, strategy), text);
    if (!fresh) entry->second += ";" + text;
  }
  labels.erase("");
  return labels;
}

// What job and instance are, they override.
void set_identity(LabelMap& labels, const Series& series, model::Attributes resource) {
  const auto set = [&](const char* name, std::string value) {
    if (!value.empty()) labels[name] = std::move(value);
  };
  set("job", job_of(series, resource));
  set("instance", text_attribute(resource, "service.instance.id"));
}

}  // namespace

NameStrategy strategy_of(const Series& series, NameStrategy strategy) {
  if (series.extra.find("prometheus.type") == std::string::npos) return strategy;
  Arena arena;
  const Value* metadata = model::find_attribute(parse_object(series.extra, arena), "metadata");
  const bool is_own = metadata != nullptr && metadata->kind() == ValueKind::kMap &&
                      model::find_attribute(metadata->as_map(), "prometheus.type") != nullptr;
  return is_own ? NameStrategy::kNoTranslation : strategy;
}

Labels attribute_labels(model::Attributes sent, NameStrategy strategy) {
  const LabelMap labels = to_map(sent, strategy);
  return Labels(labels.begin(), labels.end());
}

Labels to_labels(const Series& series, NameStrategy strategy) {
  Arena arena;
  strategy = strategy_of(series, strategy);
  LabelMap labels = to_map(parse_object(series.attributes, arena), strategy);
  set_identity(labels, series, parse_object(series.resource, arena));
  const std::string name =
      to_metric_name({series.name, series.unit, series.type == "gauge",
                      series.type == "sum" && series.is_monotonic.value_or(false)},
                     strategy);
  if (!name.empty()) labels[std::string(kNameLabel)] = name;
  return Labels(labels.begin(), labels.end());
}

Labels to_target_info(const Series& series, NameStrategy strategy) {
  Arena arena;
  const model::Attributes resource = parse_object(series.resource, arena);
  std::vector<model::KeyValue> rest;
  std::copy_if(resource.begin(), resource.end(), std::back_inserter(rest), [](const auto& entry) {
    return entry.key != "service.namespace" && entry.key != "service.instance.id";
  });
  LabelMap labels = to_map(rest, strategy);
  if (labels.empty()) return {};
  set_identity(labels, series, resource);
  if (labels.count("job") + labels.count("instance") == 0) return {};
  labels[std::string(kNameLabel)] = kTargetInfo;
  return Labels(labels.begin(), labels.end());
}

std::vector<std::string> names_of(const Series& series, const Labels& labels) {
  const std::string name(find_label(labels, kNameLabel));
  if (series.type == "histogram") return {name, name + "_bucket", name + "_count", name + "_sum"};
  if (series.type == "summary") return {name, name + "_count", name + "_sum"};
  return {name};
}

std::string_view find_label(const Labels& labels, std::string_view name) {
  const auto found =
      std::lower_bound(labels.begin(), labels.end(), name,
                       [](const auto& label, std::string_view n) { return label.first < n; });
  if (found == labels.end() || found->first != name) return {};
  return found->second;
}

}  // namespace obs::store
