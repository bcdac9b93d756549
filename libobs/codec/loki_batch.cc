#include "libobs/codec/loki_batch.h"

#include <array>

#include "libobs/base/text.h"
#include "libobs/codec/loki_labels.h"

namespace obs::codec {

using model::KeyValue;
using model::Value;

namespace {

// The resource attributes that Loki makes labels of when it is sent OTLP, and their names there.
struct Renamed {
  std::string_view label;
  std::string_view attribute;
};
constexpr Renamed kRenamed[] = {
    {"service_name", "service.name"},
    {"service_namespace", "service.namespace"},
    {"service_instance_id", "service.instance.id"},
    {"deployment_environment", "deployment.environment"},
    {"deployment_environment_name", "deployment.environment.name"},
    {"cloud_region", "cloud.region"},
    {"cloud_availability_zone", "cloud.availability_zone"},
    {"container_name", "container.name"},
    {"k8s_cluster_name", "k8s.cluster.name"},
    {"k8s_namespace_name", "k8s.namespace.name"},
    {"k8s_pod_name", "k8s.pod.name"},
    {"k8s_container_name", "k8s.container.name"},
    {"k8s_replicaset_name", "k8s.replicaset.name"},
    {"k8s_deployment_name", "k8s.deployment.name"},
    {"k8s_statefulset_name", "k8s.statefulset.name"},
    {"k8s_daemonset_name", "k8s.daemonset.name"},
    {"k8s_cronjob_name", "k8s.cronjob.name"},
    {"k8s_job_name", "k8s.job.name"},
};

// Where Loki looks for the service of a stream that does not name it, in this order.
constexpr std::string_view kServiceLabels[] = {"service",
                                               "app",
                                               "application",
                                               "app_name",
                                               "name",
                                               "app_kubernetes_io_name",
                                               "container",
                                               "container_name",
                                               "k8s_container_name",
                                               "component",
                                               "workload",
                                               "job",
                                               "k8s_job_name"};

// A level that the sender has detected is better than one of its labels.
constexpr std::string_view kLevelNames[] = {"detected_level", "level", "severity", "severity_text",
                                            "lvl"};
constexpr std::string_view kTraceNames[] = {"trace_id", "traceID", "traceId", "trace.id"};
constexpr std::string_view kSpanNames[] = {"span_id", "spanID", "spanId", "span.id"};

std::string_view to_attribute(std::string_view label) {
  for (const Renamed& renamed : kRenamed) {
    if (renamed.label == label) return renamed.attribute;
  }
  return label;
}

std::string_view find_text(model::Attributes entries, std::string_view name) {
  for (const KeyValue& entry : entries) {
    if (entry.value.is_string() && equals_ignore_case(entry.key, name))
      return entry.value.as_string();
  }
  return {};
}

template <std::size_t N>
std::string_view find_first(model::Attributes entries, const std::string_view (&names)[N]) {
  for (const std::string_view name : names) {
    if (const auto text = find_text(entries, name); !text.empty()) return text;
  }
  return {};
}

template <class Id, std::size_t N>
void take_id(std::vector<KeyValue>& entries, const std::string_view (&names)[N], Id& out) {
  for (const std::string_view name : names) {
    for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
      Id id;
      if (entry->key != name || !entry->value.is_string() ||
          !model::parse_id(entry->value.as_string(), id) || id.is_zero())
        continue;
      out = id;
      // Under this name, and in lower case, whoever reads it as Loki does finds it again.
      if (name == names[0] && to_hex(id) == entry->value.as_string()) entries.erase(entry);
      return;
    }
  }
}

}  // namespace

void LokiBatch::begin_stream(const std::vector<KeyValue>& labels) {
  refusal_ = labels.empty() ? "the stream has no labels" : "";
  scratch_.clear();
  for (const KeyValue& label : labels) {
    if (!is_loki_label(label.key))
      refusal_ = "the name of a label is not letters, digits and underscores";
    const Value value =
        label.value.is_string() ? Value::string(batch_.text(label.value.as_string())) : label.value;
    scratch_.push_back({to_attribute(label.key), value});
  }
  level_ = find_first(scratch_, kLevelNames);
  if (model::find_attribute(scratch_, "service.name") == nullptr) {
    if (const auto service = find_first(labels, kServiceLabels); !service.empty())
      scratch_.push_back({"service.name", Value::string(batch_.text(service))});
  }
  if (refusal_.empty()) scope_ = batch_.scope(scratch_);
}

void LokiBatch::read_severity(LogRow& row, model::Attributes metadata) const {
  row.severity_text = find_first(metadata, kLevelNames);
  if (row.severity_text.empty()) row.severity_text = level_;
  row.severity_number = model::parse_severity(row.severity_text);
}

void LokiBatch::add_entry(Timestamp time, std::string_view line,
                          const std::vector<KeyValue>& metadata, std::string_view refusal) {
  if (refusal.empty()) refusal = refusal_;
  if (!refusal.empty()) return batch_.refuse(refusal);
  LogRow row;
  row.time = resolve_time(time, 0, batch_.received());
  row.scope = scope_;
  row.body = Value::string(batch_.text(line));
  scratch_.clear();
  for (const KeyValue& entry : metadata) {
    scratch_.push_back(
        {batch_.text(entry.key), entry.value.is_string()
                                     ? Value::string(batch_.text(entry.value.as_string()))
                                     : entry.value});
  }
  read_severity(row, scratch_);
  take_id(scratch_, kTraceNames, row.trace_id);
  take_id(scratch_, kSpanNames, row.span_id);
  row.attributes = batch_.keep(scratch_);
  batch_.add(row);
}

}  // namespace obs::codec
