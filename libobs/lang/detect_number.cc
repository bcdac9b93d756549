// Numbers that name people: cards, social security numbers, phones.

#include <algorithm>

#include "libobs/base/text.h"
#include "libobs/lang/detectors.h"
#include "libobs/lang/scan.h"

namespace obs::lang {
namespace {

// Digits with single separators between groups: "4111 1111 1111 1111". `groups` are the extents of
// the groups.
struct DigitRun {
  std::vector<Extent> groups;

  std::size_t digits(std::size_t first, std::size_t last) const {
    std::size_t count = 0;
    for (std::size_t i = first; i <= last; ++i) count += groups[i].end - groups[i].begin;
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

// Issuers' numbers begin with 2 to 6 (with 3 to 6 for the shorter ones): so nanosecond times are no
// cards.
bool is_card(std::string_view digits) {
  if (digits.size() < 13 || digits.size() > 19) return false;
  const char lowest = digits.size() < 16 ? '3' : '2';
  return digits[0] >= lowest && digits[0] <= '6' && passes_luhn(digits);
}

std::string digits_of(std::string_view text, const DigitRun& run, std::size_t first,
                      std::size_t last) {
  std::string digits;
  for (std::size_t i = first; i <= last; ++i) {
    digits += text.substr(run.groups[i].begin, run.groups[i].end - run.groups[i].begin);
  }
  return digits;
}

// A card begins and ends where a group does: the longest one from each group on.
void find_cards_in(std::string_view text, const DigitRun& run, std::vector<Extent>& out) {
  for (std::size_t first = 0; first < run.groups.size(); ++first) {
    std::size_t last = first;
    while (last + 1 < run.groups.size() && run.digits(first, last + 1) <= 19) ++last;
    for (; last + 1 > first && run.digits(first, last) >= 13; --last) {
      if (!is_card(digits_of(text, run, first, last))) continue;
      out.push_back({run.groups[first].begin, run.groups[last].end});
      first = last;
      break;
    }
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

bool is_ssn(std::string_view area, std::string_view group, std::string_view serial) {
  return area.size() == 3 && group.size() == 2 && serial.size() == 4 && area != "000" &&
         area != "666" && area[0] != '9' && group != "00" && serial != "0000";
}

std::string_view slice(std::string_view text, Extent extent) {
  return text.substr(extent.begin, extent.end - extent.begin);
}

// Nine digits in a row are a social security number only when the text says so just before them.
bool is_announced_ssn(std::string_view text, Extent group) {
  if (group.end - group.begin != 9) return false;
  const std::size_t from = group.begin - std::min<std::size_t>(group.begin, 24);
  const std::string before = to_lower(text.substr(from, group.begin - from));
  return before.find("ssn") != std::string::npos || before.find("social") != std::string::npos;
}

// E.164 allows 15 digits; no country has numbers of fewer than 7.
bool is_international(std::string_view text, const DigitRun& run, std::size_t digits) {
  const std::size_t begin = run.groups.front().begin;
  return begin > 0 && text[begin - 1] == '+' && digits >= 7 && digits <= 15;
}

// 212-555-0123, (212) 555-0123, 1-212-555-0123.
bool is_north_american(std::string_view text, const DigitRun& run) {
  const auto size = [&](std::size_t i) { return run.groups[i].end - run.groups[i].begin; };
  const std::size_t count = run.groups.size();
  if (count >= 3 && size(count - 1) == 4 && size(count - 2) == 3 && size(count - 3) == 3) {
    return count == 3 || (count == 4 && slice(text, run.groups[0]) == "1");
  }
  const std::size_t begin = run.groups.front().begin;
  const std::string_view before = text.substr(0, begin);
  const bool has_area = before.ends_with(") ") || before.ends_with(")");
  return has_area && count == 2 && size(0) == 3 && size(1) == 4;
}

// Widens a number to the "(212) " or "+" that stands before it.
std::size_t phone_begin(std::string_view text, std::size_t begin) {
  if (begin > 0 && text[begin - 1] == '+') return begin - 1;
  std::size_t at = begin;
  if (at > 0 && text[at - 1] == ' ') --at;
  if (at < 5 || text[at - 1] != ')' || text[at - 5] != '(') return begin;
  return at - 5;
}

}  // namespace

void find_card(std::string_view text, std::vector<Extent>& out) {
  for_each_run(text, [&](const DigitRun& run) {
    if (run.digits(0, run.groups.size() - 1) >= 13) find_cards_in(text, run, out);
  });
}

void find_ssn(std::string_view text, std::vector<Extent>& out) {
  for_each_run(text, [&](const DigitRun& run) {
    for (std::size_t i = 0; i < run.groups.size(); ++i) {
      if (is_announced_ssn(text, run.groups[i])) out.push_back(run.groups[i]);
      if (i + 2 >= run.groups.size()) continue;
      if (is_ssn(slice(text, run.groups[i]), slice(text, run.groups[i + 1]),
                 slice(text, run.groups[i + 2]))) {
        out.push_back({run.groups[i].begin, run.groups[i + 2].end});
        i += 2;
      }
    }
  });
}

void find_phone(std::string_view text, std::vector<Extent>& out) {
  for_each_run(text, [&](const DigitRun& run) {
    const std::size_t digits = run.digits(0, run.groups.size() - 1);
    if (!is_international(text, run, digits) && !is_north_american(text, run)) return;
    out.push_back({phone_begin(text, run.groups.front().begin), run.groups.back().end});
  });
}

}  // namespace obs::lang
