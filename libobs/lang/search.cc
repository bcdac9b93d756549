#include "libobs/lang/search.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace obs::lang {
namespace {

// How common a byte is in lines of JSON, roughly: less is rarer.
int commonness(char c) {
  constexpr std::string_view kCommonFirst = "\"e:,taosrinc0d1lm_2h.\\pu{}53 4g6-7f8v9y/bTwkxq";
  const std::size_t at = kCommonFirst.find(c);
  return at == std::string_view::npos ? 0 : static_cast<int>(kCommonFirst.size() - at);
}

// Letters, digits and most signs have no short escape.
bool has_short_escape(char c) {
  return c == '"' || c == '\\' || c == '/' || static_cast<unsigned char>(c) < 0x20;
}

#if defined(__x86_64__)
struct Probe {
  const char* begin;
  const char* end;
  std::size_t first;
  std::size_t second;
  char a;
  char b;
};

__attribute__((target("avx2"))) inline __m256i load(const char* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

// The next place at or after `at` where both bytes stand, or a backslash; `end` when there is none.
__attribute__((target("avx2"))) const char* next_probe(const Probe& probe, const char* at) {
  const __m256i a = _mm256_set1_epi8(probe.a);
  const __m256i b = _mm256_set1_epi8(probe.b);
  const __m256i backslash = _mm256_set1_epi8('\\');
  for (; at < probe.end; at += 32) {
    const __m256i both = _mm256_and_si256(_mm256_cmpeq_epi8(load(at + probe.first), a),
                                          _mm256_cmpeq_epi8(load(at + probe.second), b));
    const __m256i any = _mm256_or_si256(both, _mm256_cmpeq_epi8(load(at), backslash));
    const auto hits = static_cast<std::uint32_t>(_mm256_movemask_epi8(any));
    if (hits != 0) return std::min(at + __builtin_ctz(hits), probe.end);
  }
  return probe.end;
}
#endif

}  // namespace

Needle::Needle(std::string text) : text_(std::move(text)) {
  // A needle that is quoted has its quotes for free: they are the string's own.
  std::string_view inner = text_;
  if (inner.size() > 2 && inner.front() == '"' && inner.back() == '"') {
    inner = inner.substr(1, inner.size() - 2);
  }
  only_unicode_ = std::none_of(inner.begin(), inner.end(), has_short_escape);
  // Loads look at most so far ahead of the place they are about.
  const std::size_t size = std::min<std::size_t>(text_.size(), 32);
  const auto rarer = [this](std::size_t a, std::size_t b) {
    return commonness(text_[a]) < commonness(text_[b]);
  };
  first_ = 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (rarer(i, first_)) first_ = i;
  }
  second_ = first_ == 0 ? 1 : 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (i != first_ && rarer(i, second_)) second_ = i;
  }
}

bool Needle::is_hit(std::string_view lines, std::size_t at) const {
  if (lines[at] == '\\') {
    return !only_unicode_ || (at + 1 < lines.size() && lines[at + 1] == 'u');
  }
  return lines.compare(at, text_.size(), text_) == 0;
}

std::size_t Needle::find_plainly(std::string_view lines, std::size_t from) const {
  for (std::size_t at = from; at < lines.size(); ++at) {
    const bool may = lines[at] == '\\' || lines[at] == text_.front();
    if (may && is_hit(lines, at)) return at;
    // An escaped backslash hides the `u` behind it from being one.
    if (lines.substr(at, 2) == "\\\\") ++at;
  }
  return std::string_view::npos;
}

std::size_t Needle::find(std::string_view lines, std::size_t from) const {
#if defined(__x86_64__)
  static const bool kHasAvx2 = __builtin_cpu_supports("avx2") != 0;
  if (kHasAvx2) {
    const char* const begin = lines.data();
    const Probe probe{begin, begin + lines.size(), first_, second_, text_[first_], text_[second_]};
    const char* at = next_probe(probe, begin + from);
    while (at < probe.end) {
      const auto place = static_cast<std::size_t>(at - begin);
      if (is_hit(lines, place)) return place;
      const bool pair = *at == '\\' && place + 1 < lines.size() && at[1] == '\\';
      at = next_probe(probe, at + (pair ? 2 : 1));
    }
    return std::string_view::npos;
  }
#endif
  return find_plainly(lines, from);
}

}  // namespace obs::lang
