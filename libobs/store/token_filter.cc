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
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

namespace obs::store {
namespace {

constexpr unsigned kFingerprintBits = 11;
constexpr std::uint32_t kFingerprintMask = (1U << kFingerprintBits) - 1;
constexpr std::size_t kHeaderSize = 16;
constexpr std::size_t kCellSize = 2;

// No token of any set: it has a place and a section that none has.
constexpr PlacedToken kFreeSlot = ~PlacedToken{0};
// Far beyond a row group's tokens; keeps what a file says from overflowing what we compute from it.
constexpr std::uint32_t kMaxSegmentBits = 18;
constexpr std::uint32_t kMaxSegments = 1U << 14;
// Each try fails once in some hundred times, if at all. The array grows a little with every few.
constexpr std::uint32_t kTriesASize = 8;
constexpr std::uint32_t kFirstSeed = 1;

// So many tokens fit the nearest cache with their table.
constexpr std::size_t kPart = 512;

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

std::uint16_t cell_of(std::uint64_t hash, std::uint32_t section) {
  return static_cast<std::uint16_t>(fingerprint(hash) | section << kFingerprintBits);
}

// A token, without the bits that say where it is. Its first place has its own hash, so that a part
// of TokenSet's is a part of the filter too.
std::uint64_t key_of(PlacedToken token) { return token >> (kPlaceBits + kSectionBits); }
std::uint64_t key_of_place(std::uint64_t key, std::uint64_t place) {
  return key + place * 0xd6e8feb86659fd93;
}
std::uint64_t key_of_place(PlacedToken token) {
  return key_of_place(key_of(token), token >> kSectionBits & (kMostPlaces - 1));
}
std::uint32_t section_of(PlacedToken token) { return token & kAnySection; }

struct Settled {
  std::uint64_t hash = 0;
  std::uint32_t place = 0;
  std::uint32_t section = 0;
};

// Takes tokens out while there is a place that only one has. All of them, if it went well.
class Peeler {
 public:
  Peeler(const Shape& shape, std::size_t tokens) : shape_(shape), sums_(shape.places()) {
    settled_.reserve(tokens);
  }

  void add(std::uint64_t hash, std::uint32_t section) {
    for (const std::uint32_t place : places(hash)) toggle(place, hash, section, 1);
  }

  std::vector<Settled> peel() {
    for (std::uint32_t place = 0; place < sums_.size(); ++place) {
      if (sums_[place].count == 1) single_.push_back(place);
    }
    while (!single_.empty()) {
      const std::uint32_t place = single_.back();
      single_.pop_back();
      if (sums_[place].count == 1) settle(place);
    }
    return std::move(settled_);
  }

 private:
  // Of those that have a place: their number, and the XOR of what is known of each.
  struct Sum {
    std::uint64_t hash = 0;
    std::uint32_t section = 0;
    std::uint32_t count = 0;
  };

  std::array<std::uint32_t, 3> places(std::uint64_t hash) const {
    return places_of(hash, shape_.segments, shape_.segment_bits);
  }

  void toggle(std::uint32_t place, std::uint64_t hash, std::uint32_t section, std::uint32_t by) {
    Sum& sum = sums_[place];
    sum.hash ^= hash;
    sum.section ^= section;
    sum.count += by;
  }

  void settle(std::uint32_t place) {
    const auto [hash, section, count] = sums_[place];
    settled_.push_back({hash, place, section});
    for (const std::uint32_t other : places(hash)) {
      toggle(other, hash, section, ~0U);
      if (sums_[other].count == 1) single_.push_back(other);
    }
  }

  const Shape shape_;
  std::vector<Sum> sums_;  // By place.
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
  std::vector<std::uint16_t> cells(shape.places());
  for (std::size_t i = settled.size(); i-- > 0;) {
    const auto [hash, place, section] = settled[i];
    std::uint16_t cell = cell_of(hash, section);
    for (const std::uint32_t other : places_of(hash, shape.segments, shape.segment_bits)) {
      cell ^= cells[other];  // Its own place is still 0.
    }
    cells[place] = cell;
  }
  out.append(reinterpret_cast<const char*>(cells.data()), cells.size() * kCellSize);
}

}  // namespace

// Tokens are gathered as they come, and parted by the place that a filter will give them, so that
// what is done to those of one part stays within the nearest cache. A table of all would miss it
// with every token, which took three times as long.
TokenSet::TokenSet() : recent_(kRecent) { clear(); }

void TokenSet::clear() {
  std::fill(recent_.begin(), recent_.end(), kFreeSlot);
  tokens_.clear();
  compact_at_ = kCompactAt;
}

std::span<const PlacedToken> TokenSet::distinct() {
  compact();
  return tokens_;
}

void TokenSet::compact() {
  const unsigned bits = std::bit_width(tokens_.size() / kPart);
  part(bits);
  std::size_t kept = 0;
  for (std::size_t i = 0; i + 1 < ends_.size(); ++i) {
    kept = keep_distinct(std::span(parted_).subspan(ends_[i], ends_[i + 1] - ends_[i]), kept);
  }
  tokens_.resize(kept);
  compact_at_ = 2 * kept + kCompactAt;
}

// Into parted_, by the highest bits of their hash; part i ends where i + 1 begins.
void TokenSet::part(unsigned bits) {
  const auto part_of = [bits](PlacedToken token) {
    return bits == 0 ? 0 : mix(key_of(token), kFirstSeed) >> (64 - bits);
  };
  std::vector<std::uint32_t> next(std::size_t{1} << bits);
  for (const PlacedToken token : tokens_) ++next[part_of(token)];
  ends_.assign(1, 0);
  for (std::uint32_t& count : next) {
    ends_.push_back(ends_.back() + count);
    count = ends_[ends_.size() - 2];
  }
  parted_.resize(tokens_.size());
  for (const PlacedToken token : tokens_) parted_[next[part_of(token)]++] = token;
}

std::size_t TokenSet::keep_distinct(std::span<const PlacedToken> tokens, std::size_t kept) {
  constexpr PlacedToken kPlace = PlacedToken{kMostPlaces - 1} << kSectionBits;
  slots_.assign(std::bit_ceil(tokens.size() * 2 + 1), kFreeSlot);
  for (const PlacedToken token : tokens) keep(token & ~kPlace);
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot] == kFreeSlot) continue;
    if (const auto place = place_of(slot)) tokens_[kept++] = slots_[slot] | *place << kSectionBits;
  }
  return kept;
}

// The slots of a token follow one another from where its key leads; if it may be anywhere, its
// first slot says so, and the others count no more.
void TokenSet::keep(PlacedToken token) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t first = 0;
  unsigned places = 0;
  std::size_t slot = key_of(token) & mask;
  for (; slots_[slot] != kFreeSlot; slot = (slot + 1) & mask) {
    if (key_of(slots_[slot]) != key_of(token)) continue;
    if (slots_[slot] == token || section_of(slots_[slot]) == kAnySection) return;
    if (places++ == 0) first = slot;
  }
  if (places > 0 && (places == kMostPlaces || section_of(token) == kAnySection)) {
    slots_[first] = token | kAnySection;
  } else {
    slots_[slot] = token;
  }
}

std::optional<PlacedToken> TokenSet::place_of(std::size_t slot) const {
  const std::size_t mask = slots_.size() - 1;
  PlacedToken place = 0;
  for (std::size_t i = key_of(slots_[slot]) & mask; i != slot; i = (i + 1) & mask) {
    if (key_of(slots_[i]) != key_of(slots_[slot])) continue;
    if (section_of(slots_[i]) == kAnySection) return std::nullopt;
    ++place;
  }
  return place;
}

void append_token_filter(std::string& out, std::span<const PlacedToken> tokens) {
  if (tokens.empty()) return append_filter(out, 0, {0, 0, 0}, {});
  Shape shape;
  for (std::uint32_t seed = kFirstSeed;; ++seed) {
    shape = choose_shape(tokens.size(), 1.0 + 0.05 * (seed / kTriesASize));
    shape.seed = seed;
    Peeler peeler(shape, tokens.size());
    for (const PlacedToken token : tokens) {
      peeler.add(mix(key_of_place(token), seed), section_of(token));
    }
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
  filter.cells_ = bytes.substr(kHeaderSize);
  if (filter.segment_bits_ > kMaxSegmentBits || filter.segments_ > kMaxSegments) {
    return std::nullopt;
  }
  const Shape shape{filter.seed_, filter.segment_bits_, filter.segments_};
  if (filter.count_ > 0 && filter.segments_ == 0) return std::nullopt;
  if (filter.cells_.size() != shape.places() * kCellSize) return std::nullopt;
  return filter;
}

std::optional<std::uint32_t> TokenFilter::look_up(std::uint64_t key) const {
  const std::uint64_t hash = mix(key, seed_);
  std::uint16_t cell = cell_of(hash, 0);
  for (const std::uint32_t place : places_of(hash, segments_, segment_bits_)) {
    std::uint16_t part = 0;
    std::memcpy(&part, cells_.data() + place * kCellSize, kCellSize);
    cell ^= part;
  }
  if ((cell & kFingerprintMask) != 0) return std::nullopt;
  return cell >> kFingerprintBits;
}

SectionMask TokenFilter::find(std::uint64_t token) const {
  if (count_ == 0) return 0;
  const std::uint64_t key = key_of(token);
  SectionMask sections = 0;
  for (std::uint64_t place = 0; place < kMostPlaces; ++place) {
    const auto section = look_up(key_of_place(key, place));
    if (!section) break;
    if (*section != kAnySection) {
      sections |= SectionMask{1} << *section;
    } else if (place == 0) {
      return kAllSections;
    }
  }
  return sections;
}

}  // namespace obs::store
