#include "libobs/codec/syslog_message.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "libobs/base/text.h"

namespace obs::codec {

using model::Value;

namespace {

constexpr int kMostPriority = 191;
// Of one message; a frame holds no more that mean anything.
constexpr std::size_t kMaxParameters = 1024;
// A program's name with its path; what is longer before a colon is prose.
constexpr std::size_t kMaxTag = 128;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// The word in front, up to a space, which is taken too.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

std::string_view unless_nil(std::string_view word) { return word == "-" ? "" : word; }

// "<34>"
int take_priority(std::string_view& text) {
  std::string_view rest = text;
  if (!take(rest, '<')) return -1;
  int priority = 0;
  std::size_t digits = 0;
  for (; digits < 3 && !rest.empty() && is_digit(rest.front()); ++digits, rest.remove_prefix(1)) {
    priority = priority * 10 + (rest.front() - '0');
  }
  if (digits == 0 || priority > kMostPriority || !take(rest, '>')) return -1;
  text = rest;
  return priority;
}

class StructuredData {
 public:
  StructuredData(std::string_view text, Arena& arena, std::vector<model::KeyValue>& out)
      : text_(text), arena_(arena), out_(out) {}

  // Takes the elements in front; false, with nothing kept, when they are malformed.
  bool take_all(std::string_view& rest) {
    while (take(text_, '[')) {
      if (!element()) {
        out_.clear();
        return false;
      }
    }
    rest = text_;
    return true;
  }

 private:
  bool element() {
    const std::string_view id = name();
    if (id.empty()) return false;
    while (take(text_, ' ')) {
      if (text_.starts_with(']')) break;
      if (!parameter(id)) return false;
    }
    return take(text_, ']');
  }

  bool parameter(std::string_view id) {
    const std::string_view key = name();
    std::string_view value;
    if (key.empty() || !take(text_, '=') || !take(text_, '"') || !quoted(value)) return false;
    if (out_.size() >= kMaxParameters) return false;
    char* const room = arena_.allocate_array<char>(id.size() + 1 + key.size());
    id.copy(room, id.size());
    room[id.size()] = '.';
    key.copy(room + id.size() + 1, key.size());
    out_.push_back({{room, id.size() + 1 + key.size()}, Value::string(value)});
    return true;
  }

  std::string_view name() {
    const std::size_t end = std::min(text_.find_first_of("= ]\""), text_.size());
    const std::string_view name = text_.substr(0, end);
    text_.remove_prefix(end);
    return name;
  }

  bool quoted(std::string_view& value) {
    std::size_t at = text_.find_first_of("\"\\");
    if (at == text_.npos) return false;
    if (text_[at] == '"') {
      value = text_.substr(0, at);
      text_.remove_prefix(at + 1);
      return true;
    }
    std::string plain;
    for (at = 0; at < text_.size() && text_[at] != '"'; ++at) {
      const bool escapes = text_[at] == '\\' && at + 1 < text_.size() &&
                           std::string_view("\"\\]").find(text_[at + 1]) != std::string_view::npos;
      plain += text_[escapes ? ++at : at];
    }
    if (at >= text_.size()) return false;
    value = arena_.copy(plain);
    text_.remove_prefix(at + 1);
    return true;
  }

  std::string_view text_;
  Arena& arena_;
  std::vector<model::KeyValue>& out_;
};

// RFC 5424 behind its version: TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]
bool parse_5424(std::string_view text, Arena& arena, SyslogMessage& out) {
  const std::string_view time = take_word(text);
  if (time != "-") {
    out.time = parse_rfc3339(time);
    if (!out.time) return false;
  }
  out.host = unless_nil(take_word(text));
  out.application = unless_nil(take_word(text));
  out.process = unless_nil(take_word(text));
  out.message_id = unless_nil(take_word(text));
  // Data that is malformed is left in the message, where it can be seen.
  if (text == "-" || text.starts_with("- ")) {
    text.remove_prefix(1);
  } else {
    StructuredData(text, arena, out.parameters).take_all(text);
  }
  take(text, ' ');
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  out.body = text;
  return true;
}

int take_number(std::string_view& text, std::size_t most) {
  int number = 0;
  std::size_t digits = 0;
  for (; digits < most && !text.empty() && is_digit(text.front());
       ++digits, text.remove_prefix(1)) {
    number = number * 10 + (text.front() - '0');
  }
  return digits == 0 ? -1 : number;
}

struct BsdTime {
  int month = 0;
  int day = 0;
  int year = 0;  // 0: not said.
  std::string_view clock;
};

std::optional<Timestamp> to_time(const BsdTime& time, int year, Duration utc_offset) {
  std::array<char, 64> text;
  const auto end = fmt::format_to_n(text.data(), text.size(), "{:04}-{:02}-{:02}T{}Z", year,
                                    time.month, time.day, time.clock);
  if (end.size > text.size()) return std::nullopt;
  const auto utc = parse_rfc3339({text.data(), end.size});
  if (!utc) return std::nullopt;
  return *utc - utc_offset;
}

std::optional<Timestamp> to_nearest_time(const BsdTime& time, Timestamp received,
                                         Duration utc_offset) {
  if (time.year != 0) return to_time(time, time.year, utc_offset);
  const std::string today = to_date(received + utc_offset);
  const int year = static_cast<int>(parse_int(std::string_view(today).substr(0, 4)).value_or(1970));
  const auto distance = [&](std::optional<Timestamp> from) {
    return from ? std::max(*from, received) - std::min(*from, received)
                : std::numeric_limits<Timestamp>::max();
  };
  std::optional<Timestamp> best = to_time(time, year, utc_offset);
  constexpr Duration kHalfYear = 183 * kDay;
  if (best && distance(best) < kHalfYear) return best;
  for (const int other : {year - 1, year + 1}) {
    const auto candidate = to_time(time, other, utc_offset);
    if (distance(candidate) < distance(best)) best = candidate;
  }
  return best;
}

// "Oct  5 22:14:15", with a year or a fraction where devices add them.
bool take_bsd_time(std::string_view& text, Timestamp received, Duration utc_offset,
                   SyslogMessage& out) {
  if (text.size() < 15 || text[3] != ' ') return false;
  const std::size_t month = kMonths.find(text.substr(0, 3));
  if (month == kMonths.npos || month % 3 != 0) return false;
  std::string_view rest = text.substr(4);
  take(rest, ' ');
  BsdTime time;
  time.month = static_cast<int>(month / 3) + 1;
  time.day = take_number(rest, 2);
  if (time.day < 1 || !take(rest, ' ')) return false;
  if (rest.size() > 5 && rest[4] == ' ') {
    time.year = take_number(rest, 4);
    if (time.year < 1 || !take(rest, ' ')) return false;
  }
  time.clock = take_word(rest);
  if (time.clock.ends_with(':')) time.clock.remove_suffix(1);
  out.time = to_nearest_time(time, received, utc_offset);
  if (!out.time) return false;
  text = rest;
  return true;
}

// rsyslog's and syslog-ng's own form has a time as RFC 3339 has it.
bool take_iso_time(std::string_view& text, SyslogMessage& out) {
  std::string_view rest = text;
  if (rest.empty() || !is_digit(rest.front())) return false;
  out.time = parse_rfc3339(take_word(rest));
  if (!out.time) return false;
  text = rest;
  return true;
}

// "sshd[4123]: ", "kernel: ". False, with nothing taken, when no tag stands there.
bool take_tag(std::string_view& text, SyslogMessage& out) {
  const std::size_t end = text.substr(0, kMaxTag).find_first_of("[: \t");
  if (end == text.npos || end == 0 || text[end] == ' ' || text[end] == '\t') return false;
  std::string_view rest = text.substr(end);
  std::string_view process;
  if (take(rest, '[')) {
    const std::size_t close = rest.substr(0, kMaxTag).find(']');
    if (close == rest.npos) return false;
    process = rest.substr(0, close);
    rest.remove_prefix(close + 1);
    take(rest, ':');
  } else {
    take(rest, ':');
    // A time or an address, not a tag.
    if (!rest.empty() && rest.front() != ' ') return false;
  }
  out.application = text.substr(0, end);
  out.process = process;
  take(rest, ' ');
  text = rest;
  return true;
}

// RFC 3164 behind its priority: TIMESTAMP HOSTNAME TAG[PID]: MSG. Local programs leave out the
// host.
void parse_3164(std::string_view text, Timestamp received, Duration utc_offset,
                SyslogMessage& out) {
  if (take_bsd_time(text, received, utc_offset, out) || take_iso_time(text, out)) {
    if (!take_tag(text, out)) {
      out.host = take_word(text);
      take_tag(text, out);
    }
  } else {
    take_tag(text, out);
  }
  out.body = text;
}

}  // namespace

void SyslogMessage::clear() {
  std::vector<model::KeyValue> room = std::move(parameters);
  room.clear();
  *this = {};
  parameters = std::move(room);
}

void parse_syslog(std::string_view text, Timestamp received, Duration utc_offset, Arena& arena,
                  SyslogMessage& out) {
  out.clear();
  std::string_view rest = text;
  out.priority = take_priority(rest);
  if (out.priority < 0) {
    out.body = text;
    return;
  }
  if (rest.starts_with("1 ")) {
    if (parse_5424(rest.substr(2), arena, out)) return;
    const int priority = out.priority;
    out.clear();
    out.priority = priority;
  }
  parse_3164(rest, received, utc_offset, out);
}

}  // namespace obs::codec
