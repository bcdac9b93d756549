// Consistent probability sampling, as OpenTelemetry specifies it: sampled records say how many they
// stand for, and every tool that samples the same trace decides alike.
//
// Each trace has 56 random bits: the last seven bytes of its id, or `rv` of its trace state. Each
// sampler has a threshold: it keeps what is not below. The threshold travels with the record, as
// `ot=th:…` in the trace state of spans and as the attribute sampling.threshold of logs; a record
// with threshold T stands for 2^56 / (2^56 - T) records.
//
// Pure, and the same on every thread, run and machine.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/model/ids.h"

namespace obs::lang {

// Thresholds and randomness are below this.
inline constexpr std::uint64_t kSamplingRange = std::uint64_t{1} << 56;
// The attributes of logs.
inline constexpr std::string_view kThresholdAttribute = "sampling.threshold";
inline constexpr std::string_view kRandomnessAttribute = "sampling.randomness";

// One to fourteen lower-case hex digits, of which the trailing zeros may be missing: "8" is a half.
std::optional<std::uint64_t> parse_threshold(std::string_view text);
std::string threshold_text(std::uint64_t threshold);
// Exactly fourteen.
std::optional<std::uint64_t> parse_randomness(std::string_view text);
std::string randomness_text(std::uint64_t randomness);

// How many records one stands for. Without a threshold, one.
double adjusted_count(std::optional<std::uint64_t> threshold);

// What a trace state (W3C) says of sampling; what is malformed says nothing.
struct TraceSampling {
  std::optional<std::uint64_t> threshold;
  std::optional<std::uint64_t> randomness;
};
TraceSampling parse_trace_sampling(std::string_view trace_state);

// The trace state with that threshold: its member `ot` comes first, as W3C asks of a changed one,
// and keeps all else it said; the other members stay as they are, at most 32 together.
std::string with_threshold(std::string_view trace_state, std::uint64_t threshold);

// The randomness of a trace id; of a record without one, that of any text that names it, such as a
// key or its own line.
std::uint64_t randomness_of(const model::TraceId& trace_id);
std::uint64_t randomness_of(std::string_view text);

// One sampling stage. Of two in a row each keeps its share of what reaches it: 10 % of 50 % is 5 %,
// and the thresholds say so.
class Sampler {
 public:
  // The share to keep, 0 to 1. Rounded to a threshold of four significant digits, which the trace
  // state has to carry: to one in 65,000.
  explicit Sampler(double ratio);

  struct Decision {
    bool keep = false;
    std::uint64_t threshold = 0;  // To write into the record, when kept.
  };
  // `before` is the threshold that the record came with. `is_same` says that it was compared with
  // this very randomness, as it is for spans: then what comes in is never below it. A threshold
  // above the randomness it was compared with is a lie, and ignored.
  Decision decide(std::uint64_t randomness, std::optional<std::uint64_t> before,
                  bool is_same) const;

 private:
  std::uint64_t threshold_;  // kSamplingRange: nothing is kept.
};

}  // namespace obs::lang
