#include "libobs/store/rollup.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace obs::store {
namespace {

// The threshold is 56 bits: of 2^56 random values it rejects so many.
constexpr std::size_t kThresholdDigits = 14;
constexpr double kThresholds = 72057594037927936.0;
// One in sixteen million is the rarest sample that still adds up in 64 bits, a million spans a
// second for a year.
constexpr double kMaxWeight = 16'777'216;

constexpr std::int32_t kBucketsAnOctave = 4;

// The value of `key` among "a:1;b:2", of the member `name` of "x=…,ot=…".
std::string_view find_threshold(std::string_view state) {
  while (!state.empty()) {
    std::string_view member = state.substr(0, state.find(','));
    state.remove_prefix(std::min(state.size(), member.size() + 1));
    while (member.starts_with(' ')) member.remove_prefix(1);
    if (!member.starts_with("ot=")) continue;
    member.remove_prefix(3);
    while (!member.empty()) {
      const std::string_view field = member.substr(0, member.find(';'));
      if (field.starts_with("th:")) return field.substr(3);
      member.remove_prefix(std::min(member.size(), field.size() + 1));
    }
  }
  return {};
}

}  // namespace

std::int32_t duration_bucket(Duration duration) {
  if (duration <= 1) return 0;
  return static_cast<std::int32_t>(
      std::floor(std::log2(static_cast<double>(duration)) * kBucketsAnOctave));
}

double bucket_begin(std::int32_t bucket) {
  return std::exp2(static_cast<double>(bucket) / kBucketsAnOctave);
}

void RollupCell::add(const RollupCell& other) {
  calls += other.calls;
  errors += other.errors;
  for (const auto& [bucket, count] : other.durations) durations[bucket] += count;
}

void RollupCell::add(std::uint64_t weight, bool is_error, std::int32_t bucket) {
  calls += weight;
  if (is_error) errors += weight;
  durations[bucket] += weight;
}

void RollupCell::subtract(const RollupCell& other) {
  calls -= std::min(calls, other.calls);
  errors -= std::min(errors, other.errors);
  for (const auto& [bucket, count] : other.durations) {
    const auto found = durations.find(bucket);
    if (found == durations.end()) continue;
    found->second -= std::min(found->second, count);
    if (found->second == 0) durations.erase(found);
  }
}

// The middle of the bucket, as a ratio: no further than half its width from any duration in it.
double RollupCell::quantile(double q) const {
  const double wanted = q * static_cast<double>(calls);
  double seen = 0;
  for (const auto& [bucket, count] : durations) {
    seen += static_cast<double>(count);
    if (seen >= wanted) return std::sqrt(bucket_begin(bucket) * bucket_begin(bucket + 1));
  }
  return 0;
}

Rollup::Minutes& Rollup::at(const RollupKey& key) {
  const auto found = rows_.find(key);
  if (found != rows_.end()) return found->second;
  if (rows_.size() < max_keys_) return rows_[key];
  RollupKey folded = key;
  folded.labels[1] = kOverflowLabel;
  // Of the overflow itself there are as many as there are services: these are bounded as well.
  if (rows_.find(folded) == rows_.end() && rows_.size() >= max_keys_ + max_keys_ / 4) {
    folded = {key.project, {std::string(kOverflowLabel), std::string(kOverflowLabel), "", ""}};
    if (rows_.size() >= max_keys_ + max_keys_ / 2) folded.project = kOverflowLabel;
  }
  return rows_[folded];
}

void Rollup::add(const Rollup& other) {
  for (const auto& [key, minutes] : other.rows_) {
    Minutes& own = at(key);
    for (const auto& [minute, cell] : minutes) own[minute].add(cell);
  }
}

std::uint64_t span_weight(std::string_view trace_state) {
  const std::string_view digits = find_threshold(trace_state);
  if (digits.empty() || digits.size() > kThresholdDigits) return kRollupUnit;
  std::uint64_t threshold = 0;
  for (std::size_t i = 0; i < kThresholdDigits; ++i) {
    const char c = i < digits.size() ? digits[i] : '0';
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && (c < 'a' || c > 'f')) return kRollupUnit;
    threshold = threshold << 4 | static_cast<std::uint64_t>(is_digit ? c - '0' : c - 'a' + 10);
  }
  const double weight =
      std::min(kThresholds / (kThresholds - static_cast<double>(threshold)), kMaxWeight);
  return static_cast<std::uint64_t>(std::llround(weight * kRollupUnit));
}

}  // namespace obs::store
