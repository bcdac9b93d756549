#include "libobs/lang/sampling.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "libobs/base/hash.h"
#include "libobs/base/text.h"

namespace obs::lang {
namespace {

constexpr std::size_t kDigits = 14;
constexpr std::size_t kMaxMembers = 32;  // Of a trace state, by W3C.
constexpr std::string_view kVendor = "ot";

std::optional<std::uint64_t> parse_hex_digits(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) {
    const bool is_letter = c >= 'a' && c <= 'f';
    if (!is_letter && (c < '0' || c > '9')) return std::nullopt;
    value = value << 4 | static_cast<std::uint64_t>(is_letter ? c - 'a' + 10 : c - '0');
  }
  return value;
}

// Calls visit(key, value, whole) for each "key=value" of a list.
template <class Visit>
void for_each_part(std::string_view list, char separator, char assign, Visit visit) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(separator), list.size());
    const std::string_view part = trim(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    if (part.empty()) continue;
    const std::size_t sign = std::min(part.find(assign), part.size());
    visit(part.substr(0, sign), part.substr(std::min(sign + 1, part.size())), part);
  }
}

// Four digits behind the leading ones that are f: with few records kept, those say little.
std::uint64_t round_threshold(std::uint64_t threshold) {
  constexpr int kSignificant = 4;
  const int leading = std::countl_one(threshold << 8) / 4;
  const int dropped = 4 * std::max(0, static_cast<int>(kDigits) - kSignificant - leading);
  if (dropped == 0) return threshold;
  const std::uint64_t half = std::uint64_t{1} << (dropped - 1);
  return std::min((threshold + half) >> dropped << dropped, kSamplingRange);
}

// What is left when a share of what one threshold leaves is kept.
std::uint64_t combined(std::uint64_t before, std::uint64_t threshold) {
  const double left = static_cast<double>(kSamplingRange - before) *
                      (static_cast<double>(kSamplingRange - threshold) / kSamplingRange);
  const auto kept = static_cast<std::uint64_t>(std::llround(left));
  // At least one of 2^56 is left, or the record would stand for infinitely many.
  return round_threshold(kSamplingRange - std::clamp<std::uint64_t>(kept, 1, kSamplingRange));
}

}  // namespace

std::optional<std::uint64_t> parse_threshold(std::string_view text) {
  if (text.empty() || text.size() > kDigits) return std::nullopt;
  const auto value = parse_hex_digits(text);
  if (!value) return std::nullopt;
  return *value << (4 * (kDigits - text.size()));
}

std::string threshold_text(std::uint64_t threshold) {
  std::string text = fmt::format("{:014x}", threshold);
  while (text.size() > 1 && text.back() == '0') text.pop_back();
  return text;
}

std::optional<std::uint64_t> parse_randomness(std::string_view text) {
  return text.size() == kDigits ? parse_hex_digits(text) : std::nullopt;
}

std::string randomness_text(std::uint64_t randomness) { return fmt::format("{:014x}", randomness); }

double adjusted_count(std::optional<std::uint64_t> threshold) {
  if (!threshold || *threshold >= kSamplingRange) return 1;
  return static_cast<double>(kSamplingRange) / static_cast<double>(kSamplingRange - *threshold);
}

TraceSampling parse_trace_sampling(std::string_view trace_state) {
  TraceSampling sampling;
  for_each_part(trace_state, ',', '=', [&](std::string_view vendor, std::string_view value, auto) {
    if (vendor != kVendor) return;
    for_each_part(value, ';', ':', [&](std::string_view key, std::string_view said, auto) {
      if (key == "th") sampling.threshold = parse_threshold(said);
      if (key == "rv") sampling.randomness = parse_randomness(said);
    });
  });
  return sampling;
}

std::string with_threshold(std::string_view trace_state, std::uint64_t threshold) {
  std::string ot = "ot=th:" + threshold_text(threshold);
  std::string others;
  std::size_t members = 1;
  for_each_part(trace_state, ',', '=', [&](auto vendor, auto value, std::string_view whole) {
    if (vendor != kVendor) {
      if (++members <= kMaxMembers) others.append(",").append(whole);
      return;
    }
    for_each_part(value, ';', ':', [&](std::string_view key, auto, std::string_view said) {
      if (key != "th") ot.append(";").append(said);
    });
  });
  return ot + others;
}

std::uint64_t randomness_of(const model::TraceId& trace_id) {
  std::uint64_t randomness = 0;
  for (std::size_t i = 9; i < trace_id.bytes.size(); ++i) {
    randomness = randomness << 8 | std::to_integer<std::uint64_t>(trace_id.bytes[i]);
  }
  return randomness;
}

std::uint64_t randomness_of(std::string_view text) { return hash64(text) & (kSamplingRange - 1); }

Sampler::Sampler(double ratio) : threshold_(kSamplingRange) {
  constexpr auto kRange = static_cast<double>(kSamplingRange);
  const double kept = std::clamp(ratio, 0.0, 1.0) * kRange;
  if (kept >= 1) {
    threshold_ = round_threshold(kSamplingRange - static_cast<std::uint64_t>(kept));
  }
}

Sampler::Decision Sampler::decide(std::uint64_t randomness, std::optional<std::uint64_t> before,
                                  bool is_same) const {
  if (threshold_ >= kSamplingRange) return {};
  if (before && (*before >= kSamplingRange || (is_same && *before > randomness))) before.reset();
  if (!before) return {randomness >= threshold_, threshold_};
  const std::uint64_t both = combined(*before, threshold_);
  return {randomness >= (is_same ? both : threshold_), both};
}

}  // namespace obs::lang
