// The labels of a series, as Prometheus knows it: derived from what OTLP sent, and nothing that is
// stored. Pure.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libobs/store/prometheus_name.h"
#include "libobs/store/series.h"

namespace obs::store {

// By name, each once, none with an empty value.
using Labels = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view kNameLabel = "__name__";

// By strategy_of(): __name__, job and instance of the resource, and the attributes of the point.
// Attributes that get the same name have their values joined by ';', in the order of their keys. A
// histogram or summary has the name that its _bucket, _sum and _count begin with.
Labels to_labels(const Series& series, NameStrategy strategy);

inline constexpr std::string_view kTargetInfo = "target_info";

// The series target_info of the resource of a series: job, instance and its other attributes. Empty
// when it has no others, or neither of the two.
Labels to_target_info(const Series& series, NameStrategy strategy);

// How a series' names are made: those of what was scraped or remote-written stay as they are, which
// its metric's metadata tell; others by `strategy`.
NameStrategy strategy_of(const Series& series, NameStrategy strategy);

// Attributes as labels alone.
Labels attribute_labels(model::Attributes attributes, NameStrategy strategy);

// Every name by which the series can be asked for: its own, and what PromQL makes of a histogram or
// summary.
std::vector<std::string> names_of(const Series& series, const Labels& labels);

// The value of a label; empty when there is none, which to Prometheus is the same.
std::string_view find_label(const Labels& labels, std::string_view name);

}  // namespace obs::store
