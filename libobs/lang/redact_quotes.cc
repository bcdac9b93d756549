#include "libobs/lang/redact_quotes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace obs::lang {
namespace {

constexpr std::size_t kBlock = 64;

#if defined(__SSE2__)
std::uint64_t quotes_in(const char* block) {
  const __m128i quote = _mm_set1_epi8('"');
  std::uint64_t found = 0;
  for (int part = 0; part < 4; ++part) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 16 * part));
    const int hits = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, quote));
    found |= std::uint64_t{static_cast<std::uint32_t>(hits)} << (16 * part);
  }
  return found;
}
#else
std::uint64_t quotes_in(const char* block) {
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < kBlock; ++i) found |= std::uint64_t{block[i] == '"'} << i;
  return found;
}
#endif

}  // namespace

void find_quotes(std::string_view line, std::vector<std::uint64_t>& quotes) {
  quotes.clear();
  std::size_t at = 0;
  for (; line.size() - at >= kBlock; at += kBlock) quotes.push_back(quotes_in(line.data() + at));
  std::array<char, kBlock> rest{};
  std::memcpy(rest.data(), line.data() + at, line.size() - at);
  quotes.push_back(quotes_in(rest.data()));
}

std::size_t next_quote(const std::vector<std::uint64_t>& quotes, std::size_t from) {
  std::size_t word = from / kBlock;
  if (word >= quotes.size()) return std::string_view::npos;
  std::uint64_t left = quotes[word] & (~std::uint64_t{0} << (from % kBlock));
  while (left == 0) {
    if (++word == quotes.size()) return std::string_view::npos;
    left = quotes[word];
  }
  return word * kBlock + static_cast<std::size_t>(std::countr_zero(left));
}

}  // namespace obs::lang
