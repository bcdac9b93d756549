// Trace, span and batch ids: fixed arrays of bytes, all zero when absent.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "libobs/base/bytes.h"

namespace obs::model {

template <std::size_t N, class Tag>
struct Id {
  std::array<std::byte, N> bytes{};

  bool is_zero() const { return bytes == std::array<std::byte, N>{}; }
  friend auto operator<=>(const Id&, const Id&) = default;
};

using TraceId = Id<16, struct TraceIdTag>;
using SpanId = Id<8, struct SpanIdTag>;
// Names a batch for life: given once by its first receiver, and what a store deduplicates on.
using BatchId = Id<16, struct BatchIdTag>;

// Lower-case hex; an all-zero id is the empty string.
std::string to_hex(const TraceId& id);
std::string to_hex(const SpanId& id);
std::string to_hex(const BatchId& id);

// Reads hex of either case; false unless the length is exactly right.
bool parse_id(std::string_view hex, TraceId& out);
bool parse_id(std::string_view hex, SpanId& out);
bool parse_id(std::string_view hex, BatchId& out);

}  // namespace obs::model
