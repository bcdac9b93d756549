// How a binary fuse filter works. There is an array of small fingerprints, parted into segments. A
// token has one place in each of three neighbouring segments, and is told by the XOR of what stands
// in the three: that is the token's own fingerprint for every token of the set, and any number for
// others.
//
// To fill the array, count at each place the tokens that have it. A place that only one token has
// can settle that token, whatever stands in its other two; so put the token aside and take it out
// of the counts, which leaves other places with only one. When all tokens are aside, the array is
// written in the reverse order. For an array a fifth larger than the set this nearly always comes
// to an end; if it does not, other hashes are tried.

#include "libobs/store/token_filter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace obs::store {
namespace {

constexpr unsigned kFingerprintBits = 11;
constexpr std::uint32_t kFingerprintMask = (1U << kFingerprintBits) - 1;
constexpr std::size_t kHeaderSize = 16;
// Far beyond a row group's tokens; keeps what a file says from overflowing what we compute from it.
constexpr std::uint32_t kMaxSegmentBits = 18;
constexpr std::uint32_t kMaxSegments = 1U << 14;
// Each try fails once in some hundred times, if at all. The array grows a little with every few.
constexpr std::uint32_t kTriesASize = 8;

struct Shape {
  std::uint32_t seed = 0;
  std::uint32_t segment_bits = 0;
  std::uint32_t segments = 0;

  std::size_t places() const { return std::size_t{segments + 2} << segment_bits; }
};

// The paper's sizes for three places a token. `room` is 1 at first.
Shape choose_shape(std::size_t tokens, double room) {
  const double n = static_cast<double>(std::max<std::size_t>(tokens, 2));
  const double factor = std::max(1.125, 0.875 + 0.25 * std::log(1e6) / std::log(n)) * room;
  const double bits = std::floor(std::log(n) / std::log(3.33) + 2.25);
  Shape shape;
  shape.segment_bits = std::min(static_cast<std::uint32_t>(bits), kMaxSegmentBits);
  const auto places = static_cast<std::size_t>(n * factor);
  const std::size_t segments = (places >> shape.segment_bits) + 1;
  shape.segments = static_cast<std::uint32_t>(std::max<std::size_t>(segments, 3) - 2);
  return shape;
}

std::uint64_t mix(std::uint64_t token, std::uint32_t seed) {
  std::uint64_t hash = token + std::uint64_t{seed} * 0x9e3779b97f4a7c15;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

std::uint32_t fingerprint(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash ^ (hash >> 32)) & kFingerprintMask;
}

std::array<std::uint32_t, 3> places_of(std::uint64_t hash, std::uint32_t segments,
                                       std::uint32_t segment_bits) {
  const std::uint32_t size = 1U << segment_bits;
  const std::uint64_t range = std::uint64_t{segments} << segment_bits;
  const auto first = static_cast<std::uint32_t>(((hash >> 32) * range) >> 32);
  const auto low = static_cast<std::uint32_t>(hash >> 11) & (size - 1);
  const auto lower = static_cast<std::uint32_t>((hash >> 29) ^ hash) & (size - 1);
  return {first, (first + size) ^ low, (first + 2 * size) ^ lower};
}

// Eleven bits begin anywhere in a byte, so they lie in up to three.
std::uint32_t read_bits(const char* bytes, std::size_t place) {
  const std::size_t bit = place * kFingerprintBits;
  std::uint32_t word = 0;
  std::memcpy(&word, bytes + bit / 8, 3);
  return word >> (bit % 8) & kFingerprintMask;
}

void write_bits(char* bytes, std::size_t place, std::uint32_t value) {
  const std::size_t bit = place * kFingerprintBits;
  std::uint32_t word = 0;
  std::memcpy(&word, bytes + bit / 8, 3);
  word |= value << (bit % 8);
  std::memcpy(bytes + bit / 8, &word, 3);
}

// Two bytes more, so that the last fingerprints too can be read three bytes at a time.
std::size_t bytes_for(std::size_t places) { return (places * kFingerprintBits + 7) / 8 + 2; }

struct Settled {
  std::uint64_t hash = 0;
  std::uint32_t place = 0;
};

// Takes tokens out while there is a place that only one has. All of them, if it went well.
class Peeler {
 public:
  Peeler(const Shape& shape, std::size_t tokens) : shape_(shape), places_(shape.places()) {
    settled_.reserve(tokens);
  }

  void add(std::uint64_t hash) {
    for (const std::uint32_t place : places(hash)) toggle(place, hash, 1);
  }

  std::vector<Settled> peel() {
    for (std::uint32_t place = 0; place < places_.size(); ++place) {
      if (places_[place].count == 1) single_.push_back(place);
    }
    while (!single_.empty()) {
      const std::uint32_t place = single_.back();
      single_.pop_back();
      if (places_[place].count == 1) settle(place);
    }
    return std::move(settled_);
  }

 private:
  struct Place {
    std::uint64_t hashes = 0;  // XOR of those that have it.
    std::uint32_t count = 0;
  };

  std::array<std::uint32_t, 3> places(std::uint64_t hash) const {
    return places_of(hash, shape_.segments, shape_.segment_bits);
  }

  void toggle(std::uint32_t place, std::uint64_t hash, std::uint32_t by) {
    places_[place].hashes ^= hash;
    places_[place].count += by;
  }

  void settle(std::uint32_t place) {
    const std::uint64_t hash = places_[place].hashes;
    settled_.push_back({hash, place});
    for (const std::uint32_t other : places(hash)) {
      toggle(other, hash, ~0U);
      if (places_[other].count == 1) single_.push_back(other);
    }
  }

  const Shape shape_;
  std::vector<Place> places_;
  std::vector<std::uint32_t> single_;
  std::vector<Settled> settled_;
};

void append_u32(std::string& out, std::uint32_t value) {
  char bytes[4];
  std::memcpy(bytes, &value, 4);
  out.append(bytes, 4);
}

std::uint32_t read_u32(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, 4);
  return value;
}

void append_filter(std::string& out, std::size_t tokens, const Shape& shape,
                   std::span<const Settled> settled) {
  append_u32(out, static_cast<std::uint32_t>(tokens));
  append_u32(out, shape.seed);
  append_u32(out, shape.segment_bits);
  append_u32(out, shape.segments);
  const std::size_t begin = out.size();
  out.resize(begin + bytes_for(shape.places()));
  char* const bits = out.data() + begin;
  for (std::size_t i = settled.size(); i-- > 0;) {
    const auto [hash, place] = settled[i];
    std::uint32_t value = fingerprint(hash);
    for (const std::uint32_t other : places_of(hash, shape.segments, shape.segment_bits)) {
      value ^= read_bits(bits, other);  // Its own place is still 0.
    }
    write_bits(bits, place, value);
  }
}

}  // namespace

TokenSet::TokenSet() : recent_(kRecent), slots_(kRecent * 4) { clear(); }

void TokenSet::clear() {
  std::fill(recent_.begin(), recent_.end(), 0);
  recent_[0] = 1;  // Token 1 has another place, so this says that 0 was not seen.
  std::fill(slots_.begin(), slots_.end(), 0);
  tokens_.clear();
  has_zero_ = false;
}

void TokenSet::insert(std::uint64_t token) {
  if (token == 0) {
    if (!has_zero_) tokens_.push_back(token);
    has_zero_ = true;
    return;
  }
  const std::size_t mask = slots_.size() - 1;
  // The low bits chose a place in the small table; others choose here.
  std::size_t slot = (token >> 20) & mask;
  while (slots_[slot] != 0) {
    if (slots_[slot] == token) return;
    slot = (slot + 1) & mask;
  }
  slots_[slot] = token;
  tokens_.push_back(token);
  if (tokens_.size() * 2 > slots_.size()) grow();
}

void TokenSet::grow() {
  std::vector<std::uint64_t> slots(slots_.size() * 4);
  const std::size_t mask = slots.size() - 1;
  for (const std::uint64_t token : tokens_) {
    std::size_t slot = (token >> 20) & mask;
    while (slots[slot] != 0) slot = (slot + 1) & mask;
    slots[slot] = token;
  }
  slots_ = std::move(slots);
}

void append_token_filter(std::string& out, std::span<const std::uint64_t> tokens) {
  if (tokens.empty()) return append_filter(out, 0, {0, 0, 0}, {});
  Shape shape;
  for (std::uint32_t seed = 1;; ++seed) {
    shape = choose_shape(tokens.size(), 1.0 + 0.05 * (seed / kTriesASize));
    shape.seed = seed;
    Peeler peeler(shape, tokens.size());
    for (const std::uint64_t token : tokens) peeler.add(mix(token, seed));
    const std::vector<Settled> settled = peeler.peel();
    if (settled.size() == tokens.size()) return append_filter(out, tokens.size(), shape, settled);
  }
}

std::optional<TokenFilter> TokenFilter::parse(std::string_view bytes) {
  if (bytes.size() < kHeaderSize) return std::nullopt;
  TokenFilter filter;
  filter.count_ = read_u32(bytes, 0);
  filter.seed_ = read_u32(bytes, 4);
  filter.segment_bits_ = read_u32(bytes, 8);
  filter.segments_ = read_u32(bytes, 12);
  filter.fingerprints_ = bytes.substr(kHeaderSize);
  if (filter.segment_bits_ > kMaxSegmentBits || filter.segments_ > kMaxSegments) {
    return std::nullopt;
  }
  const Shape shape{filter.seed_, filter.segment_bits_, filter.segments_};
  if (filter.count_ > 0 && filter.segments_ == 0) return std::nullopt;
  if (filter.fingerprints_.size() != bytes_for(shape.places())) return std::nullopt;
  return filter;
}

bool TokenFilter::may_have(std::uint64_t token) const {
  if (count_ == 0) return false;
  const std::uint64_t hash = mix(token, seed_);
  std::uint32_t value = fingerprint(hash);
  for (const std::uint32_t place : places_of(hash, segments_, segment_bits_)) {
    value ^= read_bits(fingerprints_.data(), place);
  }
  return value == 0;
}

}  // namespace obs::store
