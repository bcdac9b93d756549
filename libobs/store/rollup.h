// Rollup: counts, errors and durations of spans, by minute and a few labels. Kept in the catalog
// for each part, so that a dashboard never scans spans, merges add, and a snapshot is exact.
// Internal to libobs/store; obs-store(5) documents the bytes.
//
//   rollup  := version:u8 checksum:u64 zstd(rows:varint row*)
//   row     := project:text label:text × 4  cells:varint cell*
//   cell    := minute:zigzag calls:varint errors:varint buckets:varint (index:zigzag count:varint)*
//
// A text is its length and its bytes. Minutes since 1970 and indexes of buckets ascend, and each is
// its distance from the one before, the first from 0. The checksum is XXH3-64 of what follows it.
//
// Sampled spans count as many as they stand for. All counts are in units of 1/4096 of a span, so
// that sums are exact in whatever order they are made.

#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"

namespace obs::store {

inline constexpr std::uint64_t kRollupUnit = 4096;

// Bucket i holds durations in [2^(i/4), 2^((i+1)/4)) nanoseconds: quantiles are right within 9 %.
// Zero and negative durations are in the bucket of 1 ns.
std::int32_t duration_bucket(Duration duration);
// Where a bucket begins, in nanoseconds.
double bucket_begin(std::int32_t bucket);

struct RollupKey {
  std::string project;
  // Of span metrics: service, name, kind, status. Of edges: caller, callee, and what
  // the one is that sends no spans (edges.h), "".
  std::array<std::string, 4> labels;

  friend auto operator<=>(const RollupKey&, const RollupKey&) = default;
};

struct RollupCell {
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;
  std::map<std::int32_t, std::uint64_t> durations;  // Calls by bucket.

  void add(const RollupCell& other);
  void add(std::uint64_t weight, bool is_error, std::int32_t bucket);
  // Down to zero at most, each count for itself.
  void subtract(const RollupCell& other);
  // Of the durations, in nanoseconds, by nearest rank; q in 0 to 1. 0 for no calls.
  double quantile(double q) const;

  friend bool operator==(const RollupCell&, const RollupCell&) = default;
};

// What a label is where there would be too many: a service that puts an id into its span names must
// not make the catalog grow with its traffic.
inline constexpr std::string_view kOverflowLabel = "_other";

class Rollup {
 public:
  // So many different keys; further ones lose their second label, then their first, to
  // kOverflowLabel.
  explicit Rollup(std::size_t max_keys = 20'000) : max_keys_(max_keys) {}

  using Minutes = std::map<std::int64_t, RollupCell>;

  // The minutes of this key, or of the overflow that stands for it. It stays where it is.
  Minutes& at(const RollupKey& key);
  void add(const Rollup& other);

  const std::map<RollupKey, Minutes>& rows() const { return rows_; }
  bool empty() const { return rows_.empty(); }

 private:
  std::size_t max_keys_;
  std::map<RollupKey, Minutes> rows_;
};

std::string encode_rollup(const Rollup& rollup);
// kMalformed: damaged. kUnsupported: of a later version.
Result<Rollup, ParseError> decode_rollup(std::string_view bytes);

// How many spans this one stands for, in units of 1/4096, by the sampling threshold in its W3C
// trace state ("ot=th:c"): 4096 where there is none, or none that makes sense.
std::uint64_t span_weight(std::string_view trace_state);

}  // namespace obs::store
