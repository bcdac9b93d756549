// Writing OTLP protobuf: what the encoders of the three signals share. For the codec's own files.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "libobs/codec/otlp_protobuf_fields.h"
#include "libobs/codec/otlp_runs.h"
#include "libobs/codec/protozero.h"
#include "libobs/model/batch.h"

namespace obs::codec::otlp {

using Writer = protozero::pbf_writer;

// Encodes one batch, the fields of each message in the order of their numbers, as protobuf's own
// libraries do. A function named after a field's kind leaves the field out when it says
// nothing: 0, "", no id. What OTLP can tell from absent (values, optional numbers, messages) is
// written even when empty.
class Encoder {
 public:
  // `keep_received`: times that we gave go into kReceivedTime, when they are not the batch's own.
  Encoder(const model::Batch& batch, bool keep_received)
      : batch_(batch), keep_received_(keep_received) {}

  std::string encode() &&;

  // The field `number` as a message that `fill(Writer&)` writes.
  template <class Fill>
  void message(Writer& parent, std::uint32_t number, Fill&& fill) {
    const std::size_t before = out_.size();
    {
      Writer nested(parent, number);
      fill(nested);
    }
    // protozero takes a message back when nothing was written into it.
    if (out_.size() == before) parent.add_message(number, std::string_view());
  }

  void text(Writer& out, std::uint32_t field, std::string_view text) {
    if (!text.empty()) out.add_string(field, text);
  }
  void number(Writer& out, std::uint32_t field, std::int32_t number) {
    if (number != 0) out.add_int32(field, number);
  }
  void number(Writer& out, std::uint32_t field, std::uint32_t number) {
    if (number != 0) out.add_uint32(field, number);
  }
  void time(Writer& out, std::uint32_t field, Timestamp time) {
    if (time != 0) out.add_fixed64(field, static_cast<std::uint64_t>(time));
  }
  template <class Id>
  void id(Writer& out, std::uint32_t field, const Id& id) {
    if (!id.is_zero()) out.add_bytes(field, as_text(id.bytes));
  }
  void attributes(Writer& out, std::uint32_t field, model::Attributes attributes);
  void value(Writer& out, std::uint32_t field, const model::Value& value);

  // A record's own time: nothing when it is not the sender's.
  void record_time(Writer& record, std::uint32_t field, Timestamp time, model::TimeSource source);

  void log_record(Writer& record, std::size_t row);
  void span(Writer& record, std::size_t row);
  void metric(Writer& out, const MetricRun& run);

 private:
  // `scope_of(item)` is an item's scope; `write_item(scope_items, item)` writes one.
  template <class ScopeOf, class WriteItem>
  void request(std::size_t items, ScopeOf&& scope_of, WriteItem&& write_item);
  void resource(Writer& out, const model::Resource& resource);
  void entity_ref(Writer& out, const model::Value& entity);
  void scope(Writer& out, const model::Scope& scope);
  void metrics();

  void event(Writer& out, const model::SpanEvent& event);
  void link(Writer& out, const model::SpanLink& link);
  void status(Writer& record, std::size_t row);

  void metric_data(Writer& out, const model::Metric& metric, const MetricRun& run);
  void data_point(Writer& point, const model::Metric& metric, std::size_t row);
  void point_times(Writer& point, std::size_t row);
  void number_point(Writer& point, std::size_t row);
  void histogram_point(Writer& point, std::size_t row, const model::Distribution& distribution);
  void exponential_point(Writer& point, std::size_t row, const model::Distribution& distribution);
  void summary_point(Writer& point, std::size_t row, const model::Distribution& distribution);
  void buckets(Writer& point, std::uint32_t field, const model::BucketRun& run);
  void exemplars(Writer& point, std::uint32_t field, std::span<const model::Exemplar> exemplars);

  void attribute(Writer& out, std::uint32_t field, const model::KeyValue& attribute);
  void content(Writer& any_value, const model::Value& value);
  // Begins a message of `size` bytes; they are then written into the parent.
  void open_sized(std::uint32_t field, std::size_t size);

  const model::Batch& batch_;
  const bool keep_received_;
  std::string out_;
};

}  // namespace obs::codec::otlp
