// The field numbers of OTLP's messages, as opentelemetry-proto gives them, and how a field looks on
// the wire.

#pragma once

#include <cstdint>

namespace obs::codec::otlp {

// A number and its wire type in one, as protozero's tag_and_type() gives them. A known number with
// another wire type equals none of these, and is skipped like an unknown one.
constexpr std::uint32_t varint_field(std::uint32_t number) { return number << 3U | 0U; }
constexpr std::uint32_t fixed64_field(std::uint32_t number) { return number << 3U | 1U; }
constexpr std::uint32_t bytes_field(std::uint32_t number) { return number << 3U | 2U; }
constexpr std::uint32_t fixed32_field(std::uint32_t number) { return number << 3U | 5U; }

// Export…ServiceRequest, Resource{Logs,Spans,Metrics} and Scope{Logs,Spans,Metrics} have the same
// numbers in all three signals.
namespace request {
enum : std::uint32_t { kResourceItems = 1 };
}
namespace resource_items {
enum : std::uint32_t { kResource = 1, kScopeItems = 2, kSchemaUrl = 3 };
}
namespace scope_items {
enum : std::uint32_t { kScope = 1, kItems = 2, kSchemaUrl = 3 };
}

namespace any_value {
enum : std::uint32_t {
  kString = 1,
  kBool = 2,
  kInt = 3,
  kDouble = 4,
  kArray = 5,
  kMap = 6,
  kBytes = 7
};
}
namespace array_value {
enum : std::uint32_t { kValues = 1 };  // KeyValueList has the same.
}
namespace key_value {
enum : std::uint32_t { kKey = 1, kValue = 2 };
}
namespace resource {
enum : std::uint32_t { kAttributes = 1, kDroppedAttributesCount = 2, kEntityRefs = 3 };
}
namespace entity_ref {
enum : std::uint32_t { kSchemaUrl = 1, kType = 2, kIdKeys = 3, kDescriptionKeys = 4 };
}
namespace scope {
enum : std::uint32_t { kName = 1, kVersion = 2, kAttributes = 3, kDroppedAttributesCount = 4 };
}

namespace log_record {
enum : std::uint32_t {
  kTime = 1,
  kSeverityNumber = 2,
  kSeverityText = 3,
  kBody = 5,
  kAttributes = 6,
  kDroppedAttributesCount = 7,
  kFlags = 8,
  kTraceId = 9,
  kSpanId = 10,
  kObservedTime = 11,
  kEventName = 12
};
}

namespace span {
enum : std::uint32_t {
  kTraceId = 1,
  kSpanId = 2,
  kTraceState = 3,
  kParentSpanId = 4,
  kName = 5,
  kKind = 6,
  kStartTime = 7,
  kEndTime = 8,
  kAttributes = 9,
  kDroppedAttributesCount = 10,
  kEvents = 11,
  kDroppedEventsCount = 12,
  kLinks = 13,
  kDroppedLinksCount = 14,
  kStatus = 15,
  kFlags = 16
};
}
namespace event {
enum : std::uint32_t { kTime = 1, kName = 2, kAttributes = 3, kDroppedAttributesCount = 4 };
}
namespace link {
enum : std::uint32_t {
  kTraceId = 1,
  kSpanId = 2,
  kTraceState = 3,
  kAttributes = 4,
  kDroppedAttributesCount = 5,
  kFlags = 6
};
}
namespace status {
enum : std::uint32_t { kMessage = 2, kCode = 3 };
}

namespace metric {
enum : std::uint32_t {
  kName = 1,
  kDescription = 2,
  kUnit = 3,
  kGauge = 5,
  kSum = 7,
  kHistogram = 9,
  // Before OTLP 0.9, of integers; each is one less than its like of doubles.
  kIntGauge = 4,
  kIntSum = 6,
  kIntHistogram = 8,
  kExponentialHistogram = 10,
  kSummary = 11,
  kMetadata = 12
};
}
namespace metric_data {  // Gauge, Sum, Histogram, ExponentialHistogram, Summary.
enum : std::uint32_t { kPoints = 1, kTemporality = 2, kIsMonotonic = 3 };
}
// Every kind of data point has its times here; the rest differs.
namespace point {
enum : std::uint32_t { kStartTime = 2, kTime = 3 };
}
// `labels` are what points had before OTLP 0.9, and some senders still send: pairs of strings.
namespace number_point {
enum : std::uint32_t {
  kLabels = 1,
  kDouble = 4,
  kExemplars = 5,
  kInt = 6,
  kAttributes = 7,
  kFlags = 8
};
}
namespace histogram_point {
enum : std::uint32_t {
  kLabels = 1,
  kCount = 4,
  kSum = 5,
  kBucketCounts = 6,
  kExplicitBounds = 7,
  kExemplars = 8,
  kAttributes = 9,
  kFlags = 10,
  kMin = 11,
  kMax = 12
};
}
namespace exponential_point {
enum : std::uint32_t {
  kAttributes = 1,
  kCount = 4,
  kSum = 5,
  kScale = 6,
  kZeroCount = 7,
  kPositive = 8,
  kNegative = 9,
  kFlags = 10,
  kExemplars = 11,
  kMin = 12,
  kMax = 13,
  kZeroThreshold = 14
};
}
namespace buckets {
enum : std::uint32_t { kOffset = 1, kCounts = 2 };
}
namespace summary_point {
enum : std::uint32_t {
  kLabels = 1,
  kCount = 4,
  kSum = 5,
  kQuantiles = 6,
  kAttributes = 7,
  kFlags = 8
};
}
namespace quantile {
enum : std::uint32_t { kQuantile = 1, kValue = 2 };
}
namespace exemplar {
enum : std::uint32_t {
  kLabels = 1,
  kTime = 2,
  kDouble = 3,
  kSpanId = 4,
  kTraceId = 5,
  kInt = 6,
  kFilteredAttributes = 7
};
}

// Not OTLP's: in every record, the time we gave it, for batches on their way between our own
// processes (envelope.h). Everyone else skips it as an unknown field.
inline constexpr std::uint32_t kReceivedTime = 16001;

}  // namespace obs::codec::otlp
