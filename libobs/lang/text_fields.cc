#include "libobs/lang/text_fields.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/codec/syslog_severity.h"
#include "libobs/model/batch.h"

namespace obs::lang {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t'; }

// Whole numbers and decimals, but not "007", which is a name.
Value to_typed(std::string_view word) {
  if (word == "true" || word == "false") return Value::boolean(word == "true");
  const bool digits =
      !word.empty() && word.find_first_not_of("0123456789.-+eE") == std::string_view::npos;
  const bool padded = word.size() > 1 && word[0] == '0' && word[1] != '.';
  if (!digits || padded) return Value::string(word);
  if (const auto whole = parse_int(word)) return Value::integer(*whole);
  if (const auto real = parse_double(word)) return Value::number(*real);
  return Value::string(word);
}

// What stands between quotes, from behind the opening one; moves behind the closing one.
bool take_quoted(std::string_view& text, Scratch& scratch, std::string_view& out) {
  std::string plain;
  bool escaped = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') {
      out = escaped ? scratch.keep(plain) : text.substr(0, at);
      text.remove_prefix(at + 1);
      return true;
    }
    if (text[at] == '\\' && at + 1 < text.size()) {
      if (!escaped) plain.assign(text.substr(0, at));
      escaped = true;
      ++at;
      plain += text[at] == 'n' ? '\n' : text[at] == 't' ? '\t' : text[at];
    } else if (escaped) {
      plain += text[at];
    }
  }
  return false;
}

std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view out = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return out;
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
}

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

int month_of(std::string_view name) {
  const auto* const found = std::find(kMonths.begin(), kMonths.end(), name);
  return found == kMonths.end() ? 0 : static_cast<int>(found - kMonths.begin()) + 1;
}

// "10/Oct/2026:13:55:36 -0700" as RFC 3339; as it stands when it is not that.
Value clf_time(std::string_view text, Scratch& scratch) {
  const int month = text.size() == 26 ? month_of(text.substr(3, 3)) : 0;
  if (month == 0) return Value::string(text);
  const std::string iso =
      fmt::format("{}-{:02}-{}T{}{}:{}", text.substr(7, 4), month, text.substr(0, 2),
                  text.substr(12, 8), text.substr(21, 3), text.substr(24, 2));
  const auto time = parse_rfc3339(iso);
  return time ? Value::time(*time) : Value::string(scratch.keep(text));
}

bool take_bracketed(std::string_view& text, char open, char close, std::string_view& out) {
  skip_spaces(text);
  if (!text.starts_with(open)) return false;
  text.remove_prefix(1);
  const std::size_t at = text.find(close);
  if (at == std::string_view::npos) return false;
  out = text.substr(0, at);
  text.remove_prefix(at + 1);
  return true;
}

void add_present(std::vector<TextField>& out, std::string_view name, std::string_view word) {
  if (!word.empty() && word != "-") out.push_back({name, Value::string(word)});
}

void add_request(std::string_view request, std::vector<TextField>& out) {
  add_present(out, "http.request.method", take_until(request, ' '));
  add_present(out, "url.path", take_until(request, ' '));
  if (request.starts_with("HTTP/")) request.remove_prefix(5);
  add_present(out, "network.protocol.version", request);
}

constexpr std::array<std::string_view, 24> kFacilities = {
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};

bool take_priority(std::string_view& text, std::vector<TextField>& out) {
  std::string_view digits;
  if (!take_bracketed(text, '<', '>', digits)) return false;
  const auto priority = parse_uint(digits);
  if (!priority || *priority > 191 || digits.size() > 3) return false;
  const std::int32_t number = codec::kSyslogSeverities[*priority % 8].number;
  out.push_back({"severity", Value::string(model::severity_name(number))});
  out.push_back({"syslog.facility", Value::string(kFacilities[*priority / 8])});
  return true;
}

// [id name="value" …]…
bool take_structured(std::string_view& text, Scratch& scratch, std::vector<TextField>& out) {
  if (text.starts_with('-')) {
    text.remove_prefix(1);
    return true;
  }
  while (text.starts_with('[')) {
    text.remove_prefix(1);
    const std::size_t end = text.find_first_of(" ]");
    if (end == std::string_view::npos) return false;
    const std::string_view id = text.substr(0, end);
    text.remove_prefix(end);
    while (text.starts_with(' ')) {
      text.remove_prefix(1);
      const std::string_view name = take_until(text, '=');
      std::string_view value;
      if (!text.starts_with('"')) return false;
      text.remove_prefix(1);
      if (!take_quoted(text, scratch, value)) return false;
      out.push_back({scratch.keep(fmt::format("syslog.sd.{}.{}", id, name)), Value::string(value)});
    }
    if (!text.starts_with(']')) return false;
    text.remove_prefix(1);
  }
  return true;
}

bool parse_rfc5424(std::string_view text, Scratch& scratch, std::vector<TextField>& out) {
  const std::string_view time = take_until(text, ' ');
  if (time != "-") {
    const auto parsed = parse_rfc3339(time);
    if (!parsed) return false;
    out.push_back({"time", Value::time(*parsed)});
  }
  for (const char* name : {"host.name", "service", "process.pid", "syslog.msgid"}) {
    if (text.empty()) return false;
    add_present(out, name, take_until(text, ' '));
  }
  if (!take_structured(text, scratch, out)) return false;
  skip_spaces(text);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!text.empty()) out.push_back({"body", Value::string(text)});
  return true;
}

// "Oct 11 22:14:15 host tag[pid]: text". Its time has no year and no zone, and stays text.
bool parse_rfc3164(std::string_view text, std::vector<TextField>& out) {
  constexpr std::size_t kTime = 15;
  if (text.size() <= kTime || month_of(text.substr(0, 3)) == 0 || text[6] != ' ') return false;
  out.push_back({"syslog.time", Value::string(text.substr(0, kTime))});
  text.remove_prefix(kTime + 1);
  add_present(out, "host.name", take_until(text, ' '));
  const std::size_t end = text.find_first_of("[: ");
  if (end != std::string_view::npos && text[end] != ' ') {
    add_present(out, "service", text.substr(0, end));
    text.remove_prefix(end);
    std::string_view pid;
    if (take_bracketed(text, '[', ']', pid)) add_present(out, "process.pid", pid);
    if (text.starts_with(':')) text.remove_prefix(1);
    skip_spaces(text);
  }
  out.push_back({"body", Value::string(text)});
  return true;
}

}  // namespace

bool parse_logfmt(std::string_view text, Scratch& scratch, std::vector<TextField>& out) {
  bool has_pair = false;
  for (skip_spaces(text); !text.empty(); skip_spaces(text)) {
    const std::size_t end = std::min(text.find_first_of(" \t=\""), text.size());
    const std::string_view name = text.substr(0, end);
    text.remove_prefix(end);
    if (name.empty()) return false;
    if (!text.starts_with('=')) {
      if (text.starts_with('"')) return false;
      out.push_back({name, Value::boolean(true)});
      continue;
    }
    text.remove_prefix(1);
    has_pair = true;
    if (text.starts_with('"')) {
      text.remove_prefix(1);
      std::string_view value;
      if (!take_quoted(text, scratch, value)) return false;
      out.push_back({name, Value::string(value)});
      continue;
    }
    const std::size_t stop = std::min(text.find_first_of(" \t"), text.size());
    out.push_back({name, to_typed(text.substr(0, stop))});
    text.remove_prefix(stop);
  }
  return has_pair;
}

bool parse_clf(std::string_view text, Scratch& scratch, std::vector<TextField>& out) {
  add_present(out, "client.address", take_until(text, ' '));
  take_until(text, ' ');
  add_present(out, "user.name", take_until(text, ' '));
  std::string_view time;
  if (!take_bracketed(text, '[', ']', time)) return false;
  out.push_back({"time", clf_time(time, scratch)});
  skip_spaces(text);
  std::string_view request;
  if (!text.starts_with('"')) return false;
  text.remove_prefix(1);
  if (!take_quoted(text, scratch, request)) return false;
  add_request(request, out);
  skip_spaces(text);
  const auto status = parse_int(take_until(text, ' '));
  if (!status) return false;
  out.push_back({"http.response.status_code", Value::integer(*status)});
  if (const auto size = parse_int(take_until(text, ' '))) {
    out.push_back({"http.response.size", Value::integer(*size)});
  }
  for (const char* name : {"http.referer", "user_agent.original"}) {
    skip_spaces(text);
    std::string_view value;
    if (!text.starts_with('"')) break;
    text.remove_prefix(1);
    if (!take_quoted(text, scratch, value)) return false;
    add_present(out, name, value);
  }
  return true;
}

bool parse_syslog(std::string_view text, Scratch& scratch, std::vector<TextField>& out) {
  if (!take_priority(text, out)) return false;
  if (text.starts_with("1 ")) return parse_rfc5424(text.substr(2), scratch, out);
  return parse_rfc3164(text, out);
}

}  // namespace obs::lang
