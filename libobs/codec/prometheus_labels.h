// The labels of one series, on their way into a batch. For the codec's own files.

#pragma once

#include <cstddef>
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
  model::Attributes attributes() const { return {labels_.data(), size_}; }

 private:
  // Where the value of a label goes that is none of the point; null: it is.
  std::string_view* find_place(std::string_view name);

  std::vector<model::KeyValue> labels_;  // The first size_ are in use.
  std::size_t size_ = 0;
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

// Inline definitions: with six labels a sample they are a third of decoding.

inline void PrometheusLabels::clear() {
  size_ = 0;
  name_ = job_ = instance_ = {};
  sorted_ = true;
  nameless_ = twice_ = false;
}

inline std::string_view* PrometheusLabels::find_place(std::string_view name) {
  if (name.size() == 3) return name == "job" ? &job_ : nullptr;
  if (name.size() != kNameLabel.size()) return nullptr;
  if (name == kNameLabel) return &name_;
  return name == "instance" ? &instance_ : nullptr;
}

// Mostly the first letters tell.
inline bool is_before(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty() || a.front() == b.front()) return a < b;
  return static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front());
}

// Most series have their labels in order, and then no two are the same.
inline void PrometheusLabels::add(std::string_view name, std::string_view value) {
  if (name.empty()) nameless_ = true;
  if (value.empty()) return;
  if (std::string_view* place = find_place(name)) {
    if (!place->empty()) twice_ = true;
    *place = value;
    return;
  }
  if (size_ > 0 && !is_before(labels_[size_ - 1].key, name)) sorted_ = false;
  if (size_ == labels_.size()) labels_.resize(2 * size_ + 16);
  labels_[size_++] = {name, model::Value::string(value)};
}

}  // namespace obs::codec
