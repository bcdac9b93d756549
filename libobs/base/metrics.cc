#include "libobs/base/metrics.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "libobs/base/text.h"

namespace obs {
namespace {

// In a label's value also the quote is escaped; in help text it is not.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\' || (quotes && c == '"')) {
      out += '\\';
      out += c;
    } else {
      out += c;
    }
  }
}

// `a="1",b="2"`, without the braces, so that a histogram can add its own `le`.
std::string render_labels(std::initializer_list<Label> labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (!out.empty()) out += ',';
    out.append(name).append("=\"");
    append_escaped(out, value, true);
    out += '"';
  }
  return out;
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    append_double(out, value);
  }
}

void append_name(std::string& out, std::string_view name, std::string_view labels) {
  out += name;
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out += ' ';
}

void append_count(std::string& out, std::string_view name, std::string_view labels,
                  std::uint64_t value) {
  append_name(out, name, labels);
  append_uint(out, value);
  out += '\n';
}

void append_sample(std::string& out, std::string_view name, std::string_view labels, double value) {
  append_name(out, name, labels);
  append_number(out, value);
  out += '\n';
}

void append_histogram(std::string& out, const std::string& name, const std::string& labels,
                      const Histogram& histogram) {
  const std::string prefix = labels.empty() ? "" : labels + ",";
  std::uint64_t total = 0;
  for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
    std::string bound = prefix + "le=\"";
    append_number(bound, i < histogram.bounds().size() ? histogram.bounds()[i] : INFINITY);
    total += histogram.count(i);
    append_count(out, name + "_bucket", bound + '"', total);
  }
  append_sample(out, name + "_sum", labels, histogram.sum());
  append_count(out, name + "_count", labels, total);
}

void append_header(std::string& out, std::string_view name, std::string_view help,
                   std::string_view type) {
  out.append("# HELP ").append(name).append(" ");
  append_escaped(out, help, false);
  out.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

template <class Metric, class... Arguments>
Metric& find_or_make(std::map<std::string, std::unique_ptr<Metric>>& metrics,
                     std::initializer_list<Label> labels, Arguments... arguments) {
  auto& metric = metrics[render_labels(labels)];
  if (!metric) metric = std::make_unique<Metric>(arguments...);
  return *metric;
}

}  // namespace

Histogram::Histogram(std::span<const double> bounds)
    : bounds_(bounds.begin(), bounds.end()),
      counts_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds.size() + 1)) {}

void Histogram::observe(double value) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

Registry::Family& Registry::family(std::string_view name, std::string_view help,
                                   std::string_view type) {
  auto found = families_.find(name);
  if (found == families_.end()) {
    found = families_.emplace(std::string(name), Family{}).first;
    found->second.help = help;
    found->second.type = type;
  }
  assert(found->second.type == type && "a metric's name has one type");
  return found->second;
}

Counter& Registry::counter(std::string_view name, std::string_view help,
                           std::initializer_list<Label> labels) {
  const std::lock_guard lock(mutex_);
  return find_or_make(family(name, help, "counter").counters, labels);
}

Gauge& Registry::gauge(std::string_view name, std::string_view help,
                       std::initializer_list<Label> labels) {
  const std::lock_guard lock(mutex_);
  return find_or_make(family(name, help, "gauge").gauges, labels);
}

Histogram& Registry::histogram(std::string_view name, std::string_view help,
                               std::initializer_list<Label> labels,
                               std::span<const double> bounds) {
  const std::lock_guard lock(mutex_);
  return find_or_make(family(name, help, "histogram").histograms, labels, bounds);
}

void Registry::gauge_callback(std::string_view name, std::string_view help,
                              std::function<double()> read) {
  const std::lock_guard lock(mutex_);
  family(name, help, "gauge").callback = std::move(read);
}

std::string Registry::render() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    append_header(out, name, family.help, family.type);
    for (const auto& [labels, counter] : family.counters) {
      append_count(out, name, labels, counter->value());
    }
    for (const auto& [labels, gauge] : family.gauges) {
      append_sample(out, name, labels, gauge->value());
    }
    for (const auto& [labels, histogram] : family.histograms) {
      append_histogram(out, name, labels, *histogram);
    }
    if (family.callback) append_sample(out, name, "", family.callback());
  }
  return out;
}

}  // namespace obs
