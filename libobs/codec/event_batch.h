// What the events of browsers and error trackers have in common: JSON trees to log records of
// OpenTelemetry's semantic conventions, with spans and metrics beside them. For the codec's own
// files.

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/codec/otlp.h"
#include "libobs/codec/request_batch.h"
#include "libobs/model/batch.h"

namespace obs::codec {

// Members of a JSON object. Each gives nothing when the member is missing or of another type.
std::string_view text_of(model::Attributes object, std::string_view key);
model::Attributes map_of(model::Attributes object, std::string_view key);
std::span<const model::Value> items_of(model::Attributes object, std::string_view key);
std::optional<double> number_of(model::Attributes object, std::string_view key);
// RFC 3339, or a number since 1970 in seconds or, where it is too large for them, in milliseconds.
// nullopt also for what lies beyond 1970 to 2262.
std::optional<Timestamp> time_of(model::Attributes object, std::string_view key);
// The object that a value is, else an empty one.
model::Attributes as_object(const model::Value& value);

// Attributes in the making. Text lies in the batch's arena.
class AttributeList {
 public:
  explicit AttributeList(RequestBatch& batch) : batch_(batch) {}

  // Nothing is added for empty text, for null, and for members that are missing.
  void text(std::string_view key, std::string_view value);
  void value(std::string_view key, const model::Value& value);
  void number(std::string_view key, double value);
  void flag(std::string_view key, bool value);
  // The member `from` of `object` under the name `key`.
  void member(std::string_view key, model::Attributes object, std::string_view from);
  // Each member, with `prefix` before its name; what is not text keeps its type.
  void members(std::string_view prefix, model::Attributes object);

  model::Attributes view() const { return entries_; }
  model::Attributes keep() { return batch_.keep(entries_); }

 private:
  RequestBatch& batch_;
  std::vector<model::KeyValue> entries_;
};

// One request, which may hold records of several signals.
class EventBatch {
 public:
  EventBatch(std::size_t request_size, Timestamp received);

  RequestBatch& logs() { return logs_; }
  RequestBatch& spans() { return spans_; }
  RequestBatch& points() { return points_; }
  bool fits() const { return logs_.fits() && spans_.fits() && points_.fits(); }

  // The document as a tree, which lives as long as any of the batches.
  Result<model::Value, ParseError> parse(std::string_view json);

  // Where what is added from here on comes from.
  void set_resource(model::Attributes resource, std::string_view scope_name,
                    std::string_view scope_version);
  std::uint32_t log_scope();
  std::uint32_t span_scope();
  std::uint32_t point_scope();

  // Adds a log record at `time`, or at the time of arrival. Its scope is set here.
  void add(LogRow row, std::optional<Timestamp> time);
  // A Web Vital as the event browser.web_vital; `more` are its other attributes.
  void add_vital(std::string_view name, double value, std::optional<Timestamp> time,
                 const AttributeList& more, LogRow row = {});

  // The batches that have records or refusals.
  std::vector<Decoded> take();

 private:
  RequestBatch logs_;
  RequestBatch spans_;
  RequestBatch points_;
  std::vector<model::KeyValue> resource_;
  std::string_view scope_name_;
  std::string_view scope_version_;
};

// Which ids a trace context names; wrong ones are left out.
void set_trace(LogRow& row, std::string_view trace_id, std::string_view span_id);

// A level as the severity of a record: its number, and its text as it came.
void set_level(LogRow& row, std::string_view level);

}  // namespace obs::codec
