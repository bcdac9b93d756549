// Prometheus' native histograms as OTLP's: the message is the same in both versions of remote
// write, and its meaning in the protobuf that is scraped.
//
// A bucket i of Prometheus reaches up to base^i, OTLP's bucket i begins there, so they are one
// apart. Spans become one run of counts, with zeros between them.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "libobs/base/arena.h"
#include "libobs/codec/otlp_protobuf_decode.h"
#include "libobs/codec/prometheus_batch.h"
#include "libobs/model/batch.h"

namespace obs::codec {

// The schema of histograms with bounds of their own.
inline constexpr std::int32_t kCustomBuckets = -53;
// What OTLP and Prometheus both have.
inline constexpr std::int32_t kMinSchema = -4;
inline constexpr std::int32_t kMaxSchema = 8;
// Buckets from the first to the last, empty ones included, on each side. Clients keep to 160;
// spans are a few bytes each and may lie 2^31 apart.
inline constexpr std::size_t kMaxNativeBuckets = 16384;

struct BucketSpan {
  std::int32_t offset = 0;
  std::uint32_t length = 0;
};

// One side of a histogram, as it was sent: counts as deltas, or whole.
struct NativeSide {
  std::vector<BucketSpan> spans;
  std::vector<std::int64_t> deltas;
  std::vector<double> counts;
};

// One histogram, as it was sent.
struct NativeHistogram {
  std::uint64_t count = 0;
  double count_float = 0;
  bool is_float = false;
  double sum = 0;
  std::int32_t schema = 0;
  double zero_threshold = 0;
  std::uint64_t zero_count = 0;
  double zero_count_float = 0;
  NativeSide negative;
  NativeSide positive;
  std::vector<double> custom_values;
  bool is_gauge = false;  // It may go down.
  std::int64_t timestamp_ms = 0;
  std::int64_t start_ms = 0;

  void clear();
  bool is_stale() const { return is_staleness(sum); }
  PrometheusValue value() const {
    return schema == kCustomBuckets ? PrometheusValue::kCustomHistogram
                                    : PrometheusValue::kNativeHistogram;
  }
};

// Reads prometheus.Histogram (io.prometheus.write.v2.Histogram is the same) into a cleared one.
// Throws otlp::Abandoned when it is not protobuf.
void read_native_histogram(std::string_view message, NativeHistogram& out);

// Reads the current field if it is one of a side: `first` and the two after it are the numbers of
// its spans, deltas and counts. False, with the field unread: it is none of them.
bool read_native_side(otlp::Reader& field, std::uint32_t first, NativeSide& side);

// Fills `out`, whose counts and bounds lie in the arena. Returns what is wrong with the histogram,
// static text; empty: nothing. Claims what it allocates.
std::string_view to_distribution(const NativeHistogram& histogram, otlp::Decoder& decoder,
                                 model::Distribution& out);

}  // namespace obs::codec
