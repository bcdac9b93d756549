// Numbers that name people: cards, social security numbers, phones.

#include <algorithm>
#include <array>

#include "libobs/lang/detectors.h"
#include "libobs/lang/redact_mask.h"
#include "libobs/lang/scan.h"

namespace obs::lang {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMinCard = 13;
constexpr std::size_t kMaxCard = 19;
// A number's name stands this close before it: "social security no.: 123456789".
constexpr std::size_t kContext = 24;

// What stands between two groups of a number: up to three of these, or one character of another
// alphabet's, such as a no-break space or an en dash. The longest a gap may be, in bytes.
constexpr std::size_t kMaxGap = 3;

constexpr CharSet kSeparators(" -./_+\t");
bool is_separator(char c) { return kSeparators(c); }

// U+00A0, U+2000 to U+203F and U+2212: the spaces and dashes of typesetters.
std::size_t typeset_gap_at(std::string_view text, std::size_t at) {
  const std::string_view here = text.substr(at, 3);
  if (here.starts_with("\xc2\xa0")) return 2;
  const bool is_general = here.starts_with("\xe2\x80") && here.size() == 3;
  return is_general || here == "\xe2\x88\x92" ? 3 : 0;
}

// The length of what separates the groups at `at`; 0 when nothing does.
template <class Accept>
std::size_t gap_at(std::string_view text, std::size_t at, Accept accept) {
  if (const std::size_t typeset = typeset_gap_at(text, at)) return typeset;
  return skip_right(text.substr(0, at + kMaxGap), at, accept) - at;
}

// Digits in groups: "4111 1111 1111 1111". `groups` are their extents.
struct DigitRun {
  std::vector<Extent> groups;

  std::size_t size(std::size_t i) const { return groups[i].end - groups[i].begin; }
  std::size_t digits() const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < groups.size(); ++i) count += size(i);
    return count;
  }
  // What stands before the group `i`; empty before the first.
  std::string_view gap(std::string_view text, std::size_t i) const {
    if (i == 0 || i >= groups.size()) return {};
    return text.substr(groups[i - 1].end, groups[i].begin - groups[i - 1].end);
  }
};

// The run that begins at `at`, a digit; `at` is left behind it.
void take_run(std::string_view text, std::size_t& at, DigitRun& run) {
  run.groups.clear();
  while (true) {
    const std::size_t begin = at;
    at = skip_right(text, at, is_digit);
    run.groups.push_back({begin, at});
    const std::size_t next = at + gap_at(text, at, is_separator);
    if (next == at || next >= text.size() || !is_digit(text[next])) return;
    at = next;
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
// micro- and nanoseconds are no cards. Three countries have schemes of their own beyond that.
bool is_card(std::string_view digits) {
  if (digits.size() < kMinCard || digits.size() > kMaxCard) return false;
  const char lowest = digits.size() < 16 ? '3' : '2';
  const bool is_national = digits.size() == 16 && (digits.starts_with("8600") ||  // Uzcard
                                                   digits.starts_with("9860") ||  // Humo
                                                   digits.starts_with("9792"));   // Troy
  return ((digits[0] >= lowest && digits[0] <= '6') || is_national) && passes_luhn(digits);
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

// The end of the longest card that begins with the group of digits at `at`; npos when none does.
// Looks no further than a card is long.
std::size_t card_end(std::string_view text, std::size_t at) {
  std::array<char, kMaxCard> digits;
  std::size_t count = 0;
  std::size_t found = std::string_view::npos;
  while (at < text.size() && is_digit(text[at])) {
    const std::size_t end = skip_right(text.substr(0, at + kMaxCard + 1), at, is_digit);
    const std::size_t size = end - at;
    if (size < kMinCardGroup || count + size > kMaxCard) break;
    std::copy_n(text.data() + at, size, digits.data() + count);
    count += size;
    if (is_card({digits.data(), count})) found = end;
    at = end + gap_at(text, end, is_separator);
    if (at == end) break;
  }
  return found;
}

// Where the last mask of an earlier redaction before `at` ends, [phone] or ***23; `from` when there
// is none. A form's field, user[phone], is not one.
std::size_t behind_mask(std::string_view text, std::size_t from, std::size_t at) {
  const std::string_view before = text.substr(from, at - from);
  if (const std::size_t stars = before.rfind("***"); stars != std::string_view::npos) from += stars;
  const std::size_t close = text.substr(0, at).rfind(']');
  if (close == std::string_view::npos || close < from) return from;
  const std::size_t open = text.substr(0, close).rfind('[');
  const bool is_field = open != std::string_view::npos && open > 0 &&
                        (is_word(text[open - 1]) || text[open - 1] == '_');
  return !is_field && is_redacted(text, {close, close + 1}) ? close : from;
}

// Whether one of the words, in lower case, stands just before `at`. What stood before a mask spoke
// of what was masked.
bool has_before(std::string_view text, std::size_t at, std::span<const std::string_view> words) {
  const std::size_t from = behind_mask(text, at - std::min(at, kContext), at);
  const std::string_view before = text.substr(from, at - from);
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return find_ignore_case(before, word, 0) != std::string_view::npos;
  });
}

bool is_ssn(std::string_view area, std::string_view group, std::string_view serial) {
  return area.size() == 3 && group.size() == 2 && serial.size() == 4 && area != "000" &&
         area != "666" && area[0] != '9' && group != "00" && serial != "0000";
}

// Whether the groups from `i` on are a number of three groups with the same separator, and not what
// an access log has behind its quoted request. Between others with the same points or slashes they
// are an object id or a version.
bool is_written_as_one(std::string_view text, const DigitRun& run, std::size_t i) {
  const std::string_view gap = run.gap(text, i + 1);
  const bool is_area = gap == "/" && run.gap(text, i + 2) == "-";  // 212/555-0123
  if (run.gap(text, i + 2) != gap && !is_area) return false;
  if (gap == "-" || is_area) return true;
  if (gap == " ") return i > 0 || !text.substr(0, run.groups[0].begin).ends_with("\" ");
  return run.gap(text, i) != gap && run.gap(text, i + 3) != gap;
}

// Nine digits in a row are a social security number only when the text says so just before them.
bool is_announced_ssn(std::string_view text, Extent group) {
  return group.end - group.begin == 9 && has_before(text, group.begin, kSsnWords);
}

// E.164 allows 15 digits; no country has numbers of fewer than 7.
constexpr std::size_t kMinPhone = 7;
constexpr std::size_t kMaxPhone = 15;

// +49 30 1234567, +44 (0)20 7946 0958: the extent from the sign on, empty when it is no number.
// Digits behind it that would make it too long are another number.
Extent international_at(std::string_view text, std::size_t plus) {
  const auto is_gap = [](char c) { return is_separator(c) || c == '(' || c == ')'; };
  const bool starts = plus + 1 < text.size() && (is_digit(text[plus + 1]) || text[plus + 1] == '(');
  if (!starts) return {};
  std::size_t digits = 0;
  std::size_t end = plus + 1;
  for (std::size_t at = end; at < text.size();) {
    if (!is_digit(text[at])) at += gap_at(text, at, is_gap);
    const std::size_t group = at;
    at = skip_right(text, at, is_digit);
    if (at == group || digits + (at - group) > kMaxPhone) break;
    digits += at - group;
    end = at;
  }
  return digits >= kMinPhone ? Extent{plus, end} : Extent{};
}

// 212-555-0123 from the group `i` on. Neither an area nor an exchange begins with 0 or 1.
bool is_north_american(std::string_view text, const DigitRun& run, std::size_t i) {
  if (i + 3 > run.groups.size()) return false;
  if (run.size(i) != 3 || run.size(i + 1) != 3 || run.size(i + 2) != 4) return false;
  const auto first_digit = [&](std::size_t group) { return text[run.groups[group].begin]; };
  return first_digit(i) >= '2' && first_digit(i + 1) >= '2' && is_written_as_one(text, run, i);
}

// (212) 555-0123: where it begins; npos when it is none.
std::size_t area_in_parentheses(std::string_view text, const DigitRun& run) {
  if (run.groups.size() < 2 || run.size(0) != 3 || run.size(1) != 4) return std::string::npos;
  std::size_t at = run.groups[0].begin;
  if (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '-' || text[at - 1] == '+')) --at;
  if (at < 5 || text[at - 1] != ')' || text[at - 5] != '(') return std::string::npos;
  const std::string_view area = text.substr(at - 4, 3);
  return std::all_of(area.begin(), area.end(), is_digit) ? at - 5 : std::string::npos;
}

// How many of the first groups are a number that is announced; 0 when none is.
std::size_t announced_phone(std::string_view text, const DigitRun& run) {
  std::size_t digits = 0;
  std::size_t groups = 0;
  while (groups < run.groups.size() && digits + run.size(groups) <= kMaxPhone) {
    digits += run.size(groups++);
  }
  const bool is_long = digits >= kMinPhone;
  return is_long && has_before(text, run.groups[0].begin, kPhoneWords) ? groups : 0;
}

// The numbers of a run, which may stand beside others.
void find_phones_in(std::string_view text, const DigitRun& run, std::vector<Extent>& out) {
  std::size_t i = 0;
  const std::size_t area = area_in_parentheses(text, run);
  if (area != std::string::npos) {
    i = 2;
    out.push_back({area, run.groups[1].end});
  } else if (const std::size_t groups = announced_phone(text, run)) {
    i = groups;
    out.push_back({run.groups[0].begin, run.groups[groups - 1].end});
  }
  for (; i < run.groups.size(); ++i) {
    if (!is_north_american(text, run, i)) continue;
    const bool has_country = i > 0 && slice(text, run.groups[i - 1]) == "1";
    out.push_back({run.groups[has_country ? i - 1 : i].begin, run.groups[i + 2].end});
    i += 2;
  }
}

void find_international(std::string_view text, std::vector<Extent>& out) {
  for (std::size_t at = text.find('+'); at != std::string_view::npos; at = text.find('+', at + 1)) {
    const Extent number = international_at(text, at);
    if (number.end > number.begin) out.push_back(number);
  }
}

}  // namespace

// A card begins and ends where a group does.
Extent next_card(std::string_view text, std::size_t from, std::size_t limit) {
  while (true) {
    from = skip_right(text.substr(0, limit), from, [](char c) { return !is_digit(c); });
    if (from >= limit) return {};
    const Extent card{from, card_end(text, from)};
    if (card.end == std::string_view::npos) {
      from = skip_right(text, from, is_digit);
    } else if (is_in_hex_id(text, card)) {
      from = card.end;
    } else {
      return card;
    }
  }
}

void find_card(std::string_view text, std::vector<Extent>& out) {
  for (Extent card = next_card(text, 0, text.size()); card.end != 0;
       card = next_card(text, card.end, text.size())) {
    out.push_back(card);
  }
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
  for_each_run(text, [&](const DigitRun& run) { find_phones_in(text, run, out); });
}

}  // namespace obs::lang
