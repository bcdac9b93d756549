// Decoding the data points of metrics from OTLP protobuf. For the codec's own files.

#pragma once

#include <cstdint>
#include <string_view>

#include "libobs/base/hash.h"
#include "libobs/codec/otlp_protobuf_decode.h"

namespace obs::codec::otlp {

// Appends points to the metric columns of a decoder's batch.
class PointDecoder {
 public:
  explicit PointDecoder(Decoder& decoder) : decoder_(decoder), columns_(decoder.batch().metrics) {}

  // Whether the values of the points to come, their sums and exemplars are integers in the places
  // of doubles, as before OTLP 0.9.
  void expect_integers(bool integers) {
    integers_ = integers;
    if (integers) decoder_.note_older();
  }
  // `type` says which kind of data point the message is, and `hash` what its metric is.
  void decode(std::string_view message, model::MetricType type, std::uint32_t metric,
              const Hash128& hash);

 private:
  // A point on its way.
  struct Point {
    PointRow row;
    Timestamp sent = 0;
    Timestamp received = 0;
    std::string_view first_attribute;  // As bytes.
    const char* attributes_end = nullptr;

    void note_attribute(std::string_view message) {
      if (attributes_end == nullptr) first_attribute = message;
      attributes_end = message.data() + message.size();
    }
  };

  void number(std::string_view message, Point& point);
  void histogram(std::string_view message, Point& point);
  void exponential_histogram(std::string_view message, Point& point);
  void summary(std::string_view message, Point& point);

  // Fields that every kind has under the same number; skips what is none of them.
  void common(Reader& field, Point& point);
  void attribute(std::string_view message, Point& point);
  void label(std::string_view message, Point& point);
  void exemplar(std::string_view message);
  void quantile(std::string_view message);
  model::BucketRun buckets(std::string_view message);

  const model::Distribution* keep(const model::Distribution& distribution);

  // Repeated numbers come packed into one field, or each in a field of its own.
  template <class T, class Range>
  void push_all(Stack<T>& stack, const Range& packed) {
    for (const T item : packed) decoder_.push(stack, item);
  }

  model::Value old_value(Reader& field) const;

  Decoder& decoder_;
  model::MetricColumns& columns_;
  bool integers_ = false;
  Stack<model::Exemplar> exemplars_;
  Stack<model::Quantile> quantiles_;
  Stack<std::uint64_t> counts_;
  Stack<double> bounds_;
};

}  // namespace obs::codec::otlp
