#include "libobs/store/sample_distributions.h"

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/store/sample_numbers.h"

namespace obs::store {
namespace {

using model::Distribution;
using model::Value;
using model::ValueKind;
using P = DistributionPlace;

// The members of JSON objects that we wrote ourselves; a damaged one has none.
model::Attributes parse_object(std::string_view json, Arena& arena) {
  const auto parsed = codec::parse_record_value(json, arena);
  return parsed && parsed->kind() == ValueKind::kMap ? parsed->as_map() : model::Attributes();
}

std::optional<double> to_optional(const Value& value) {
  if (value.kind() != ValueKind::kDouble) return std::nullopt;
  return value.as_double();
}

template <class Item, class Convert>
std::span<const Item> copy_items(const Value& list, Arena& arena, Convert convert) {
  if (list.kind() != ValueKind::kArray) return {};
  std::vector<Item> items;
  for (const Value& item : list.as_array()) items.push_back(convert(item));
  return arena.copy_array(std::span<const Item>(items));
}

Value member(model::Attributes object, std::string_view key) {
  const Value* found = model::find_attribute(object, key);
  return found == nullptr ? Value() : *found;
}

double to_number(const Value& value) {
  return value.kind() == ValueKind::kNone ? 0 : to_sample(value);
}

model::BucketRun to_buckets(const Value& json, Arena& arena) {
  if (!json.is_string()) return {};
  const model::Attributes object = parse_object(json.as_string(), arena);
  const Value offset = member(object, "offset");
  return {static_cast<std::int32_t>(offset.kind() == ValueKind::kInt ? offset.as_int() : 0),
          copy_items<std::uint64_t>(member(object, "counts"), arena, to_count)};
}

std::span<const model::Quantile> to_quantiles(const Value& json, Arena& arena) {
  if (!json.is_string()) return {};
  const auto parsed = codec::parse_record_value(json.as_string(), arena);
  if (!parsed) return {};
  return copy_items<model::Quantile>(*parsed, arena, [](const Value& item) {
    const model::Attributes entry =
        item.kind() == ValueKind::kMap ? item.as_map() : model::Attributes();
    return model::Quantile{to_number(member(entry, "quantile")), to_number(member(entry, "value"))};
  });
}

// What the columns cannot hold is in `extra`, under their names.
void set_exact(Distribution& distribution, const Value& extra, Arena& arena) {
  if (!extra.is_string()) return;
  for (const auto& [key, value] : parse_object(extra.as_string(), arena)) {
    if (key == "sum") distribution.sum = to_number(value);
    if (key == "min") distribution.min = to_number(value);
    if (key == "max") distribution.max = to_number(value);
    if (key == "zero_threshold") distribution.zero_threshold = to_number(value);
    if (key == "bounds") distribution.bounds = copy_items<double>(value, arena, to_number);
  }
}

std::int32_t to_scale(const Value& value) {
  return static_cast<std::int32_t>(value.kind() == ValueKind::kInt ? value.as_int() : 0);
}

}  // namespace

double to_sample(const Value& value) {
  if (value.kind() == ValueKind::kInt) return static_cast<double>(value.as_int());
  return value.kind() == ValueKind::kDouble ? value.as_double() : stale_number();
}

std::uint64_t to_count(const Value& value) {
  if (value.kind() == ValueKind::kInt) return static_cast<std::uint64_t>(value.as_int());
  if (!value.is_string()) return 0;
  return parse_uint(value.as_string()).value_or(0);
}

Distribution to_distribution(std::span<const Value> row, Arena& arena) {
  Distribution made;
  made.count = to_count(row[P::kCount]);
  made.sum = to_optional(row[P::kSum]);
  made.min = to_optional(row[P::kMin]);
  made.max = to_optional(row[P::kMax]);
  made.bounds = copy_items<double>(row[P::kBounds], arena, to_number);
  made.counts = copy_items<std::uint64_t>(row[P::kCounts], arena, to_count);
  made.scale = to_scale(row[P::kScale]);
  made.zero_count = to_count(row[P::kZeroCount]);
  made.zero_threshold = to_optional(row[P::kZeroThreshold]).value_or(0);
  made.has_positive = row[P::kPositive].is_string();
  made.has_negative = row[P::kNegative].is_string();
  made.positive = to_buckets(row[P::kPositive], arena);
  made.negative = to_buckets(row[P::kNegative], arena);
  made.quantiles = to_quantiles(row[P::kQuantiles], arena);
  set_exact(made, row[P::kExtra], arena);
  return made;
}

Distribution stale_distribution() {
  Distribution made;
  made.sum = stale_number();
  return made;
}

std::string select_distributions(const std::string& relation, const std::string& condition) {
  return fmt::format(
      "SELECT series_id, time, start_time, flags, arrival + arrival_row, count, sum, min, max, "
      "bounds, counts, scale, zero_count, zero_threshold, positive, negative, quantiles, extra "
      "FROM {} WHERE {}",
      relation, condition);
}

}  // namespace obs::store
