// The labels of one series, on their way into a batch. For the codec's own files.

#pragma once

#include <string_view>
#include <vector>

#include "libobs/codec/prometheus_batch.h"
#include "libobs/model/batch.h"

namespace obs::codec {

inline constexpr std::string_view kNameLabel = "__name__";

// Reused from series to series.
class PrometheusLabels {
 public:
  void clear();
  void add(std::string_view name, std::string_view value);
  // What is wrong with them, static text; empty: nothing. Takes name, job and instance out.
  std::string_view settle(bool needs_name = true);

  std::string_view name() const { return name_; }
  std::string_view job() const { return job_; }
  std::string_view instance() const { return instance_; }
  // The others, by name.
  model::Attributes attributes() const { return labels_; }

 private:
  bool take(std::string_view name, std::string_view value);

  std::vector<model::KeyValue> labels_;
  std::string_view name_;
  std::string_view job_;
  std::string_view instance_;
  bool sorted_ = true;
  bool nameless_ = false;
  bool twice_ = false;
};

// An exemplar's labels: trace_id and span_id where they are ids, the rest as attributes.
void set_exemplar_label(std::string_view name, std::string_view value, model::Exemplar& exemplar,
                        std::vector<model::KeyValue>& rest);

}  // namespace obs::codec
