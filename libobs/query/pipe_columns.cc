#include "libobs/query/pipe_columns.h"

#include <algorithm>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/lang/field_table.h"
#include "libobs/lang/sampling.h"
#include "libobs/query/pipe_reads.h"
#include "libobs/query/record_line.h"
#include "libobs/store/attribute_pointer.h"
#include "libobs/store/duckdb.h"

namespace obs::query {
namespace {

using store::to_sql_identifier;
using store::to_sql_string;

template <class Items, class Item>
bool contains(const Items& items, const Item& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

template <class Item>
void add_new(std::vector<Item>& items, Item item) {
  if (!contains(items, item)) items.push_back(std::move(item));
}

// False when the field may be made of anything.
bool add_field(PipeColumns& reads, model::Signal signal, const lang::FieldRef& field) {
  const auto source = find_source(signal, field);
  if (!source) return false;
  for (const std::string_view column : source->columns) {
    if (column != "resource" && column != "attributes") add_new(reads.columns, column);
  }
  // A field with a column of its own does not stand elsewhere.
  const bool in_attributes = contains(source->columns, "attributes");
  const bool in_resource = contains(source->columns, "resource");
  for (const lang::Candidate& candidate : lang::plan_field(field).record) {
    const bool is_attribute = candidate.place == lang::Place::kAttributes;
    if (is_attribute && in_attributes) add_new(reads.attributes, candidate.key);
    const bool is_resource = candidate.place == lang::Place::kResource;
    if (is_resource && in_resource) add_new(reads.resource, candidate.key);
  }
  return true;
}

// What says how many records one stands for (lang/grouping.h); programs need not name it.
constexpr std::string_view kWeightKeys[] = {lang::kThresholdAttribute, "trace_state"};

bool says_weight(std::string_view key) {
  return std::find(std::begin(kWeightKeys), std::end(kWeightKeys), key) != std::end(kWeightKeys);
}

constexpr const char* kAnyResource = "any_value(resource) AS resource";

std::string key_column(std::size_t i) { return fmt::format("obs_key_{}", i); }

// What is read of a record, as the views have it, but for its resource.
std::vector<std::string> inner_members(const PipeColumns& reads) {
  std::vector<std::string> members;
  for (const std::string_view column : reads.columns) members.push_back(to_sql_identifier(column));
  for (std::size_t i = 0; i < reads.attributes.size(); ++i) {
    members.push_back(fmt::format("json_extract(attributes, {}) AS {}",
                                  to_sql_string(store::to_pointer(reads.attributes[i])),
                                  key_column(i)));
  }
  if (reads.time_step > 0) {
    members.push_back(fmt::format("epoch_ns(time) - (epoch_ns(time) % {0} + {0}) % {0} AS time",
                                  reads.time_step));
  }
  return members;
}

// A resource's number is quicker to compare than its text, and rows of the WAL have none.
void add_resource_keys(std::vector<std::string>& keys) {
  keys.push_back("resource_id");
  keys.push_back("CASE WHEN resource_id IS NULL THEN resource END AS obs_fresh");
}

// By what records are told apart.
std::vector<std::string> inner_keys(const PipeColumns& reads) {
  std::vector<std::string> keys = inner_members(reads);
  if (!reads.resource.empty()) add_resource_keys(keys);
  return keys;
}

// {"http.route":…,…} of those that are there; NULL keys vanish.
std::string attributes_member(const PipeColumns& reads) {
  std::string members;
  for (std::size_t i = 0; i < reads.attributes.size(); ++i) {
    std::string key;
    const std::string& name = reads.attributes[i];
    append_json_string(key, name.starts_with('$') ? "$" + name : name);
    members += fmt::format(", {} || {}::VARCHAR", to_sql_string(key + ":"), key_column(i));
  }
  return fmt::format("'{{' || concat_ws(','{}) || '}}' AS attributes", members);
}

std::string outer_member(const PipeColumns& reads, std::string_view column) {
  const std::string name = to_sql_identifier(column);
  if (column == "attributes" && !reads.attributes.empty()) return attributes_member(reads);
  const bool is_there = contains(reads.columns, column) ||
                        (column == "resource" && !reads.resource.empty()) ||
                        (column == "time" && reads.time_step > 0);
  return is_there ? name : "NULL AS " + name;
}

}  // namespace

std::optional<PipeColumns> find_pipe_columns(const lang::Program& program, model::Signal signal) {
  auto fields = find_reads(program);
  const OrderNeeded order = order_needed(program);
  const auto step = find_time_step(program);
  PipeColumns reads;
  reads.in_windows = order == OrderNeeded::kWindows;
  if (!fields || order == OrderNeeded::kArrival) return std::nullopt;
  if (reads.in_windows && !step) return std::nullopt;
  reads.columns = {"extra"};
  if (signal == model::Signal::kSpans) reads.columns.push_back("trace_state");
  for (const std::string_view key : kWeightKeys) reads.attributes.emplace_back(key);
  const lang::FieldRef time{lang::FieldRef::Root::kAny, "time"};
  reads.time_step = step.value_or(0);
  if (!step) add_new(*fields, time);
  for (const lang::FieldRef& field : *fields) {
    if (field == time && step) continue;
    if (!add_field(reads, signal, field)) return std::nullopt;
  }
  return reads;
}

std::string PipeColumns::to_text() const {
  std::string text = fmt::format("{}", fmt::join(columns, ", "));
  for (const std::string& key : attributes) {
    if (!says_weight(key)) text += ", attributes." + key;
  }
  if (!resource.empty()) text += ", resource";
  return time_step > 0 ? text + ", time by " + to_duration_text(time_step) : text;
}

std::string select_columns(model::Signal signal, const RecordFilter& filter,
                           const PipeColumns& reads, bool folded, std::string_view project) {
  std::string members;
  for (const std::string_view column : record_columns(signal)) {
    if (!members.empty()) members += ", ";
    members += outer_member(reads, column);
  }
  std::vector<std::string> inner = folded ? inner_keys(reads) : inner_members(reads);
  if (!reads.resource.empty()) inner.push_back(folded ? kAnyResource : "resource");
  if (folded) inner.push_back("count(*) AS obs_copies");
  const std::string rows = select_members(signal, filter, inner, RecordOrder::kNone, project);
  if (!folded) return fmt::format("SELECT {} FROM ({})", members, rows);
  return fmt::format("SELECT {}, obs_copies FROM ({} GROUP BY ALL){}", members, rows,
                     reads.in_windows ? " ORDER BY time" : "");
}

std::string select_resource(model::Signal signal, const RecordFilter& filter,
                            const PipeColumns& reads, std::string_view project) {
  std::vector<std::string> inner = {kAnyResource};
  add_resource_keys(inner);
  std::string any;
  for (const std::string& key : reads.resource) {
    any += fmt::format("{}json_extract(resource, {}) IS NOT NULL", any.empty() ? "" : " OR ",
                       to_sql_string(store::to_pointer(key)));
  }
  return fmt::format("SELECT 1 FROM ({} GROUP BY ALL) WHERE {} LIMIT 1",
                     select_members(signal, filter, inner, RecordOrder::kNone, project), any);
}

std::string count_folded(model::Signal signal, const PipeColumns& reads, std::string_view project,
                         std::uint64_t records) {
  const std::string some =
      select_members(signal, {}, inner_keys(reads), RecordOrder::kNone, project);
  return fmt::format("SELECT count(*) FROM (SELECT DISTINCT * FROM ({} LIMIT {}))", some, records);
}

}  // namespace obs::query
