// Numbers to text and back, for text.h.

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/compile.h>
#include <fmt/format.h>

#include "libobs/base/text.h"

namespace obs {
namespace {

// Room for any 64-bit integer and any shortest double ("-1.7976931348623157e+308" is 24).
constexpr std::size_t kNumberSize = 32;

template <class Number>
std::optional<Number> parse_whole(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

struct SizeUnit {
  std::string_view name;
  double bytes;
};
constexpr std::array<SizeUnit, 10> kSizeUnits = {{{"", 1},
                                                  {"B", 1},
                                                  {"KB", 1e3},
                                                  {"KiB", 1024},
                                                  {"MB", 1e6},
                                                  {"MiB", 1024.0 * 1024},
                                                  {"GB", 1e9},
                                                  {"GiB", 1024.0 * 1024 * 1024},
                                                  {"TB", 1e12},
                                                  {"TiB", 1024.0 * 1024 * 1024 * 1024}}};

std::optional<std::uint64_t> scale_size(std::string_view number, double unit) {
  if (unit == 1) return parse_uint(number);
  const auto value = parse_double(number);
  // Doubles are exact far beyond any size that is given with a unit.
  if (!value || !(*value >= 0) || *value * unit >= 9e18) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(*value * unit));
}

}  // namespace

void append_double(std::string& out, double value) {
  char text[kNumberSize];
  const char* const end = fmt::format_to(text, FMT_COMPILE("{}"), value);
  const std::string_view digits(text, static_cast<std::size_t>(end - text));
  out += digits;
  if (digits.find_first_of(".e") == std::string_view::npos) out += ".0";
}

void append_int(std::string& out, std::int64_t value) {
  const fmt::format_int text(value);
  out.append(text.data(), text.size());
}

void append_uint(std::string& out, std::uint64_t value) {
  const fmt::format_int text(value);
  out.append(text.data(), text.size());
}

std::optional<std::int64_t> parse_int(std::string_view text) {
  return parse_whole<std::int64_t>(text);
}

std::optional<std::uint64_t> parse_uint(std::string_view text) {
  return parse_whole<std::uint64_t>(text);
}

std::optional<double> parse_double(std::string_view text) {
  // from_chars would also take "nan(any text)".
  if (text.ends_with(')')) return std::nullopt;
  return parse_whole<double>(text);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view name = text.substr(digits);
  for (const SizeUnit& unit : kSizeUnits) {
    if (equals_ignore_case(unit.name, name)) return scale_size(text.substr(0, digits), unit.bytes);
  }
  return std::nullopt;
}

}  // namespace obs
