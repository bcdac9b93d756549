// Numbers that name people: cards, social security numbers, phones.

#include <algorithm>
#include <array>

#include "libobs/base/text.h"
#include "libobs/lang/detectors.h"
#include "libobs/lang/scan.h"

namespace obs::lang {
namespace {

constexpr std::size_t kMinCard = 13;
constexpr std::size_t kMaxCard = 19;
// A number's name stands this close before it: "social security no.: 123456789".
constexpr std::size_t kContext = 24;

// Digits with single separators between groups: "4111 1111 1111 1111". `groups` are the extents of
// the groups.
struct DigitRun {
  std::vector<Extent> groups;

  std::size_t size(std::size_t i) const { return groups[i].end - groups[i].begin; }
  std::size_t begin() const { return groups.front().begin; }
  std::size_t end() const { return groups.back().end; }
  std::size_t digits() const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < groups.size(); ++i) count += size(i);
    return count;
  }
};

bool is_separator(char c) { return c == ' ' || c == '-' || c == '.'; }

// The run that begins at `at`, a digit; `at` is left behind it.
void take_run(std::string_view text, std::size_t& at, DigitRun& run) {
  run.groups.clear();
  while (true) {
    const std::size_t begin = at;
    at = skip_right(text, at, is_digit);
    run.groups.push_back({begin, at});
    const bool goes_on = at + 1 < text.size() && is_separator(text[at]) && is_digit(text[at + 1]);
    if (!goes_on) return;
    ++at;
  }
}

template <class Visit>
void for_each_run(std::string_view text, Visit visit) {
  DigitRun run;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_digit(text[at])) {
      ++at;
      continue;
    }
    take_run(text, at, run);
    visit(run);
  }
}

std::string_view slice(std::string_view text, Extent extent) {
  return text.substr(extent.begin, extent.end - extent.begin);
}

// ISO/IEC 7812-1, annex B: from the right, every second digit counts double.
bool passes_luhn(std::string_view digits) {
  int sum = 0;
  bool doubled = false;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, doubled = !doubled) {
    const int value = *digit - '0';
    sum += !doubled ? value : value < 5 ? 2 * value : 2 * value - 9;
  }
  return sum % 10 == 0;
}

// Issuers' numbers begin with 2 to 6 (with 3 to 6 for the shorter ones): so times since 1970 in
// micro- and nanoseconds are no cards.
bool is_card(std::string_view digits) {
  if (digits.size() < kMinCard || digits.size() > kMaxCard) return false;
  const char lowest = digits.size() < 16 ? '3' : '2';
  return digits[0] >= lowest && digits[0] <= '6' && passes_luhn(digits);
}

// Whether the digits are part of a hex id (of a trace, a span, a digest, a UUID): one that has
// letters too. A run of digits in such a one is chance.
bool is_in_hex_id(std::string_view text, Extent digits) {
  constexpr std::size_t kMinId = 16;
  constexpr std::size_t kMaxId = 128;  // SHA-512.
  const auto is_id = [](char c) { return is_hex(c) || c == '-'; };
  const std::size_t floor = digits.begin - std::min(digits.begin, kMaxId);
  const std::size_t begin = skip_left(text, digits.begin, floor, is_id);
  const std::size_t end = skip_right(text.substr(0, digits.end + kMaxId), digits.end, is_id);
  const auto is_glued = [&](std::size_t at) { return at < text.size() && is_word(text[at]); };
  if ((begin > 0 && is_glued(begin - 1)) || is_glued(end)) return false;
  const std::string_view id = text.substr(begin, end - begin);
  const bool has_letter = std::any_of(id.begin(), id.end(), is_letter);
  const bool is_uuid = id.size() == 36 && id[8] == '-' && id[13] == '-' && id[18] == '-';
  const bool is_plain = id.find('-') == std::string_view::npos && id.size() % 8 == 0;
  return has_letter && id.size() >= kMinId && (is_uuid || is_plain);
}

// A card's groups are of three digits or more: with that a date is none of them.
constexpr std::size_t kMinCardGroup = 3;

// The longest card that begins with the group `first`; the number of its last group, or npos.
std::size_t card_end(std::string_view text, const DigitRun& run, std::size_t first) {
  std::array<char, kMaxCard> digits;
  std::size_t count = 0;
  std::size_t found = std::string_view::npos;
  for (std::size_t i = first; i < run.groups.size(); ++i) {
    const std::string_view group = slice(text, run.groups[i]);
    if (group.size() < kMinCardGroup || count + group.size() > kMaxCard) break;
    std::copy(group.begin(), group.end(), digits.begin() + static_cast<std::ptrdiff_t>(count));
    count += group.size();
    if (is_card({digits.data(), count})) found = i;
  }
  return found;
}

// A card begins and ends where a group does.
void find_cards_in(std::string_view text, const DigitRun& run, std::vector<Extent>& out) {
  for (std::size_t first = 0; first < run.groups.size(); ++first) {
    const std::size_t last = card_end(text, run, first);
    if (last == std::string_view::npos) continue;
    const Extent card{run.groups[first].begin, run.groups[last].end};
    if (!is_in_hex_id(text, card)) out.push_back(card);
    first = last;
  }
}

// Whether one of the words, in lower case, stands just before `at`.
bool has_before(std::string_view text, std::size_t at, std::span<const std::string_view> words) {
  const std::size_t from = at - std::min(at, kContext);
  const std::string before = to_lower(text.substr(from, at - from));
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return before.find(word) != std::string::npos; });
}

bool is_ssn(std::string_view area, std::string_view group, std::string_view serial) {
  return area.size() == 3 && group.size() == 2 && serial.size() == 4 && area != "000" &&
         area != "666" && area[0] != '9' && group != "00" && serial != "0000";
}

// Whether the groups from `i` on are a number of three groups with the same separator. With spaces
// or points it must be all of the run, and not what an access log has behind its quoted request.
bool is_written_as_one(std::string_view text, const DigitRun& run, std::size_t i) {
  const char separator = text[run.groups[i].end];
  if (text[run.groups[i + 1].end] != separator) return false;
  if (separator == '-') return true;
  return run.groups.size() == 3 && !text.substr(0, run.begin()).ends_with("\" ");
}

// Nine digits in a row are a social security number only when the text says so just before them.
bool is_announced_ssn(std::string_view text, Extent group) {
  return group.end - group.begin == 9 && has_before(text, group.begin, kSsnWords);
}

// E.164 allows 15 digits; no country has numbers of fewer than 7.
constexpr std::size_t kMinPhone = 7;
constexpr std::size_t kMaxPhone = 15;

// +49 30 1234567, +44 (0)20 7946 0958: the extent from the sign on, empty when it is no number.
Extent international_at(std::string_view text, std::size_t plus) {
  std::size_t digits = 0;
  std::size_t end = plus + 1;
  for (std::size_t at = end, gap = 0; at < text.size() && gap < 3 && digits <= kMaxPhone; ++at) {
    if (is_digit(text[at])) {
      ++digits;
      end = at + 1;
      gap = 0;
    } else if (is_separator(text[at]) || text[at] == '(' || text[at] == ')' || text[at] == '/') {
      ++gap;
    } else {
      break;
    }
  }
  const bool starts = plus + 1 < text.size() && (is_digit(text[plus + 1]) || text[plus + 1] == '(');
  return starts && digits >= kMinPhone && digits <= kMaxPhone ? Extent{plus, end} : Extent{};
}

// 212-555-0123, 1-212-555-0123. Neither an area nor an exchange begins with 0 or 1.
bool is_north_american(std::string_view text, const DigitRun& run) {
  const std::size_t count = run.groups.size();
  if (count != 3 && !(count == 4 && slice(text, run.groups[0]) == "1")) return false;
  const std::size_t area = count - 3;
  if (run.size(area) != 3 || run.size(area + 1) != 3 || run.size(area + 2) != 4) return false;
  const auto first_digit = [&](std::size_t i) { return text[run.groups[i].begin]; };
  if (first_digit(area) < '2' || first_digit(area + 1) < '2') return false;
  return count == 4 || is_written_as_one(text, run, 0);
}

// (212) 555-0123: where it begins; npos when it is none.
std::size_t area_in_parentheses(std::string_view text, const DigitRun& run) {
  if (run.groups.size() != 2 || run.size(0) != 3 || run.size(1) != 4) return std::string::npos;
  std::size_t at = run.begin();
  if (at > 0 && text[at - 1] == ' ') --at;
  if (at < 5 || text[at - 1] != ')' || text[at - 5] != '(') return std::string::npos;
  const std::string_view area = text.substr(at - 4, 3);
  return std::all_of(area.begin(), area.end(), is_digit) ? at - 5 : std::string::npos;
}

bool is_announced_phone(std::string_view text, const DigitRun& run) {
  const std::size_t digits = run.digits();
  if (digits < kMinPhone || digits > kMaxPhone) return false;
  return has_before(text, run.begin(), kPhoneWords);
}

void find_international(std::string_view text, std::vector<Extent>& out) {
  for (std::size_t at = text.find('+'); at != std::string_view::npos; at = text.find('+', at + 1)) {
    const Extent number = international_at(text, at);
    if (number.end > number.begin) out.push_back(number);
  }
}

}  // namespace

void find_card(std::string_view text, std::vector<Extent>& out) {
  for_each_run(text, [&](const DigitRun& run) {
    if (run.digits() >= kMinCard) find_cards_in(text, run, out);
  });
}

void find_ssn(std::string_view text, std::vector<Extent>& out) {
  for_each_run(text, [&](const DigitRun& run) {
    for (std::size_t i = 0; i < run.groups.size(); ++i) {
      if (is_announced_ssn(text, run.groups[i])) out.push_back(run.groups[i]);
      if (i + 2 >= run.groups.size() || !is_written_as_one(text, run, i)) continue;
      if (is_ssn(slice(text, run.groups[i]), slice(text, run.groups[i + 1]),
                 slice(text, run.groups[i + 2]))) {
        out.push_back({run.groups[i].begin, run.groups[i + 2].end});
        i += 2;
      }
    }
  });
}

void find_phone(std::string_view text, std::vector<Extent>& out) {
  find_international(text, out);
  for_each_run(text, [&](const DigitRun& run) {
    const std::size_t area = area_in_parentheses(text, run);
    if (area != std::string::npos) {
      out.push_back({area, run.end()});
    } else if (is_north_american(text, run) || is_announced_phone(text, run)) {
      out.push_back({run.begin(), run.end()});
    }
  });
}

}  // namespace obs::lang
