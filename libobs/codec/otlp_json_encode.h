// Writing OTLP JSON: what the encoders of the three signals share. For the codec's own files.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "libobs/codec/otlp_runs.h"
#include "libobs/model/batch.h"

namespace obs::codec::otlp_json {

// Encodes one batch. A function named after a field's kind leaves the field out when it says
// nothing: 0, "", no id, no attributes. What OTLP can tell from absent (values, optional numbers)
// is written even when empty.
class Encoder {
 public:
  explicit Encoder(const model::Batch& batch) : batch_(batch) {}

  std::string encode() &&;

 private:
  // Writes a comma where one is due, which the byte before tells.
  void separate() {
    if (out_.back() != '{' && out_.back() != '[') out_ += ',';
  }
  void key(std::string_view name);

  // `name` as an object or array that `fill()` writes.
  template <class Fill>
  void object(std::string_view name, Fill&& fill);
  template <class Fill>
  void object(Fill&& fill);
  template <class Fill>
  void array(std::string_view name, Fill&& fill);

  void text(std::string_view name, std::string_view text);
  void flag(std::string_view name, bool flag);
  void number(std::string_view name, std::int64_t number);  // Of 32 bits: a JSON number.
  void long_number(std::string_view name, std::uint64_t number);
  void time(std::string_view name, Timestamp time);
  void real(std::string_view name, double number);
  void real(double number);
  template <class Id>
  void id(std::string_view name, const Id& id);
  void long_numbers(std::string_view name, std::span<const std::uint64_t> numbers);

  void attributes(std::string_view name, model::Attributes attributes);
  void attribute(const model::KeyValue& attribute);
  void value(const model::Value& value);
  void content(const model::Value& value);
  // asInt or asDouble.
  void number_value(const model::Value& value);

  // `scope_of(item)` is an item's scope; `write_item(item)` writes one.
  template <class ScopeOf, class WriteItem>
  void request(std::size_t items, ScopeOf&& scope_of, WriteItem&& write_item);
  void resource(const model::Resource& resource);
  void entity_ref(const model::Value& entity);
  void scope(const model::Scope& scope);

  void log_record(std::size_t row);
  void span(std::size_t row);
  void event(const model::SpanEvent& event);
  void link(const model::SpanLink& link);

  void metrics();
  void metric(const otlp::MetricRun& run);
  void data(const model::Metric& metric, const otlp::MetricRun& run);
  void point(const model::Metric& metric, std::size_t row);
  void histogram(const model::Distribution& distribution);
  void exponential_histogram(const model::Distribution& distribution);
  void summary(const model::Distribution& distribution);
  void buckets(std::string_view name, const model::BucketRun& run);
  void exemplar(const model::Exemplar& exemplar);

  const model::Batch& batch_;
  std::string out_;
};

// Inline definitions.

template <class Fill>
void Encoder::object(Fill&& fill) {
  separate();
  out_ += '{';
  fill();
  out_ += '}';
}

template <class Fill>
void Encoder::object(std::string_view name, Fill&& fill) {
  key(name);
  out_ += '{';
  fill();
  out_ += '}';
}

template <class Fill>
void Encoder::array(std::string_view name, Fill&& fill) {
  key(name);
  out_ += '[';
  fill();
  out_ += ']';
}

template <class Id>
void Encoder::id(std::string_view name, const Id& id) {
  if (!id.is_zero()) text(name, model::to_hex(id));
}

}  // namespace obs::codec::otlp_json
