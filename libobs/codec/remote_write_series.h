// What both versions of remote write do with a series once they have read it. For the codec's own
// files.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libobs/codec/native_histogram.h"
#include "libobs/codec/otlp_protobuf_decode.h"
#include "libobs/codec/prometheus_batch.h"
#include "libobs/codec/prometheus_labels.h"

namespace obs::codec {

struct SentSample {
  double value = 0;
  std::int64_t time_ms = 0;
  std::int64_t start_ms = 0;  // 0: not sent.
};

// One series as it was sent. Reused from series to series.
struct SentSeries {
  PrometheusLabels labels;
  PrometheusMetadata metadata;
  std::vector<SentSample> samples;
  std::vector<std::string_view> histograms;  // Messages.
  std::vector<model::Exemplar> exemplars;    // Complete, in the arena.
  std::int64_t start_ms = 0;                 // Of all samples that have none of their own.
  bool is_text = true;                       // All labels are ASCII: there is nothing to check.
  std::string_view wrong;  // Why none of it can be kept, static text; empty: it can.

  void clear();
};

inline void SentSeries::clear() {
  labels.clear();
  metadata = {};
  samples.clear();
  histograms.clear();
  exemplars.clear();
  start_ms = 0;
  is_text = true;
  wrong = {};
}

class SeriesWriter {
 public:
  SeriesWriter(Decoded& out, otlp::Decoder& decoder)
      : batch_(out.batch), decoder_(decoder), names_(out.batch) {}

  void write(SentSeries& series);
  // Gives exemplars that came alone their points. Once, after the last series.
  void finish();

  // Rejects the record being read when it is beyond what we can hold.
  Timestamp time(std::int64_t ms);

 private:
  // Exemplars without a sample.
  struct Lone {
    PrometheusBatch::Series series;
    model::Attributes attributes;
    std::span<const model::Exemplar> exemplars;
  };

  PrometheusBatch::Series head(const SentSeries& series, PrometheusValue value) const;
  std::uint32_t metric(const PrometheusBatch::Series& series);
  void samples(const SentSeries& series, PointRow row);
  void histograms(const SentSeries& series, PointRow row);
  void append(PointRow& row, std::int64_t time_ms, std::int64_t start_ms);

  std::uint64_t hash_row(std::size_t row) const;
  bool is_row(std::size_t row, const Lone& lone) const;
  void join(const Lone& lone, std::unordered_multimap<std::uint64_t, std::size_t>& rows);

  model::Batch& batch_;
  otlp::Decoder& decoder_;
  PrometheusBatch names_;
  NativeHistogram histogram_;
  std::vector<Lone> lone_;
};

}  // namespace obs::codec
