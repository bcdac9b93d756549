// Batches of the agent stream (sdk/proto/obs/v1/telemetry.proto; man obs-agent(5)), and what
// answers them. Pure.
//
// A batch becomes an OTLP request, to be read by OTLP's decoder, so that what is a bad sample, and
// what becomes of it, is one decision.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "libobs/base/result.h"

namespace obs::codec {

inline constexpr std::size_t kMaxAgentSamples = 100'000;  // In a batch.

// What a stream must know of a batch before it is decoded.
struct AgentHead {
  std::uint64_t sequence = 0;  // 0: not sent.
  // The fields that say whose the batch is, as they came; empty when it has none. In front of the
  // bytes of a batch without them they make it one of the same resource.
  std::string resource;
};
// kMalformed: no protobuf.
Result<AgentHead, ParseError> read_agent_head(std::string_view batch);

// The batch as an ExportMetricsServiceRequest of OTLP; empty when it has no metrics. kMalformed: no
// protobuf. kLimitExceeded: more than kMaxAgentSamples.
Result<std::string, ParseError> agent_batch_to_otlp(std::string_view batch);

// Parts of an Acknowledgement; one behind the other they are one message.
std::string encode_agent_acknowledged(std::uint64_t sequence);
std::string encode_agent_rejected(std::uint64_t samples, std::string_view message);

}  // namespace obs::codec
