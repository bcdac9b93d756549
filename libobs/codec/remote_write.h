// Prometheus remote write, 1.0 (prometheus.WriteRequest) and 2.0 (io.prometheus.write.v2.Request),
// to batches.
//
// What becomes of a series: prometheus_batch.h. A request that is not protobuf fails whole. A
// series without a name, with a label that is not UTF-8, has no name or is there twice, a sample
// whose time we cannot hold and a histogram that contradicts itself are left out and told in
// `rejected`, with what is wrong; the rest stays. Labels need not be sorted. A label with an empty
// value is no label. Of exemplars that come without a sample, as Prometheus sends them, those whose
// series is in the request go to its last point there; others to a point that has no value and no
// flag, which is no sample.
//
// Pure, but for the caller's clock.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/codec/otlp.h"
#include "libobs/codec/prometheus_batch.h"

namespace obs::codec {

enum class RemoteWriteVersion : std::uint8_t { kV1, kV2 };

// Samples further ahead of us than this are refused: a clock that runs wrong would hide the series
// from every query for "now".
inline constexpr Duration kMaxAhead = 10 * kMinute;

// What a sender of version 1 says of metrics, now and then and in requests of their own.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};
struct FamilyMetadata {
  PrometheusType type = PrometheusType::kUnknown;
  std::string unit;
  std::string help;

  friend bool operator==(const FamilyMetadata&, const FamilyMetadata&) = default;
};
using MetadataTable = std::unordered_map<std::string, FamilyMetadata, StringHash, std::equal_to<>>;
using MetadataTablePtr = std::shared_ptr<const MetadataTable>;

// Of the family that a series belongs to: by its name, or without what OpenMetrics and classic
// histograms add to it. Null: nothing is known.
const FamilyMetadata* find_family(const MetadataTable& table, std::string_view series);

struct RemoteWrite {
  Decoded decoded;
  MetadataTable metadata;       // Version 1: what the request said of metrics.
  std::uint64_t exemplars = 0;  // In it, those of rejected series included.
};

// Takes the body over. `known` may be null; the request's own metadata come first. kMalformed: not
// protobuf, or a first symbol that is not empty. kLimitExceeded: as decode_otlp_protobuf().
Result<RemoteWrite, ParseError> decode_remote_write(RemoteWriteVersion version, std::string&& body,
                                                    Timestamp received,
                                                    const MetadataTablePtr& known = nullptr);

// What of a batch a sender of version 2 is told was written.
struct RemoteWritten {
  std::uint64_t samples = 0;
  std::uint64_t histograms = 0;
  std::uint64_t exemplars = 0;
};
RemoteWritten count_written(const model::MetricColumns& points);

}  // namespace obs::codec
