#include "libobs/lang/pretty.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/text.h"
#include "libobs/codec/foreign_time.h"
#include "libobs/lang/redact_escapes.h"
#include "libobs/lang/scan.h"
#include "libobs/model/batch.h"

namespace obs::lang {
namespace {

constexpr std::size_t kServiceWidth = 12;
constexpr int kMaxDepth = 256;  // Of what is skipped; deeper lines pass as they are.

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kServiceColor = "\x1b[36m";

// A value as it stands in the line: of a string, what is between its quotes.
struct Raw {
  std::string_view text;
  bool is_string = false;

  bool is_there() const { return is_string || !text.empty(); }
};

bool is_space(char c) { return c == ' ' || c == '\t'; }

constexpr std::uint64_t repeat(std::uint64_t byte) { return byte * 0x0101010101010101U; }

// Whether one of eight bytes is zero.
constexpr bool has_zero(std::uint64_t word) {
  return ((word - repeat(0x01)) & ~word & repeat(0x80)) != 0;
}

// No byte is a control character, begins one of UTF-8's, or an escape: most text, eight bytes at a
// time.
bool is_plain(std::string_view text) {
  const auto is_plain_word = [](std::uint64_t word) {
    const bool has_control = ((word - repeat(0x20)) & ~word & repeat(0x80)) != 0;
    return !has_control && !has_zero(word ^ repeat(0x7f)) && !has_zero(word ^ repeat(0xc2)) &&
           !has_zero(word ^ repeat('\\'));
  };
  std::uint64_t word = 0;
  for (; text.size() >= sizeof(word); text.remove_prefix(sizeof(word))) {
    std::memcpy(&word, text.data(), sizeof(word));
    if (!is_plain_word(word)) return false;
  }
  word = repeat(' ');
  std::memcpy(&word, text.data(), text.size());
  return is_plain_word(word);
}

// Walks the members of an object, for lines that are likely to be well-formed: it checks no more
// than it needs to find its way.
class Members {
 public:
  explicit Members(std::string_view object) : text_(object), at_(1) {}

  // False at the end, and where the object is malformed.
  bool next(std::string_view& key, Raw& value) {
    skip(',');
    if (at_ >= text_.size() || text_[at_] != '"') return false;
    const std::size_t end = string_end(at_ + 1);
    if (end == std::string_view::npos) return false;
    key = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    skip(':');
    return take(value);
  }
  bool is_complete() const { return at_ < text_.size() && text_[at_] == '}'; }

 private:
  void skip(char mark) {
    while (at_ < text_.size() && (text_[at_] == mark || is_space(text_[at_]))) ++at_;
  }

  std::size_t string_end(std::size_t from) const {
    for (std::size_t at = from;;) {
      at = text_.find('"', at);
      if (at == std::string_view::npos) return at;
      std::size_t slashes = 0;
      while (at - slashes > from && text_[at - slashes - 1] == '\\') ++slashes;
      if (slashes % 2 == 0) return at;
      ++at;
    }
  }

  bool take(Raw& value) {
    if (at_ >= text_.size()) return false;
    const std::size_t begin = at_;
    if (text_[at_] == '"') {
      const std::size_t end = string_end(at_ + 1);
      if (end == std::string_view::npos) return false;
      value = {text_.substr(begin + 1, end - begin - 1), true};
      at_ = end + 1;
    } else if (text_[at_] == '{' || text_[at_] == '[') {
      if (!skip_nested()) return false;
      value = {text_.substr(begin, at_ - begin), false};
    } else {
      at_ = skip_right(text_, at_,
                       [](char c) { return c != ',' && c != '}' && c != ']' && !is_space(c); });
      value = {text_.substr(begin, at_ - begin), false};
    }
    skip(' ');
    return at_ > begin;
  }

  bool skip_nested() {
    for (int depth = 0; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        at_ = string_end(at_ + 1);
        if (at_ == std::string_view::npos) return false;
      } else if (c == '{' || c == '[') {
        if (++depth > kMaxDepth) return false;
      } else if ((c == '}' || c == ']') && --depth == 0) {
        ++at_;
        return true;
      }
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_;
};

enum class Part : std::uint8_t {
  kTime,
  kLevel,
  kService,
  kMessage,
  kName,
  kAttributes,
  kHidden,
  kRest
};

struct Name {
  std::string_view key;
  Part part;
};
// What comes first in a part wins; its other names are ordinary values then.
constexpr std::array kNames = {
    Name{"time", Part::kTime},
    Name{"ts", Part::kTime},
    Name{"timestamp", Part::kTime},
    Name{"@timestamp", Part::kTime},
    Name{"level", Part::kLevel},
    Name{"severity", Part::kLevel},
    Name{"lvl", Part::kLevel},
    Name{"levelname", Part::kLevel},
    Name{"log.level", Part::kLevel},
    Name{"service", Part::kService},
    Name{"service.name", Part::kService},
    Name{"app", Part::kService},
    Name{"logger", Part::kService},
    Name{"msg", Part::kMessage},
    Name{"message", Part::kMessage},
    Name{"body", Part::kMessage},
    Name{"name", Part::kName},
    Name{"attributes", Part::kAttributes},
    Name{"signal", Part::kHidden},
    Name{"severity_number", Part::kHidden},
    Name{"severity_text", Part::kHidden},
    Name{"observed_time", Part::kHidden},
    Name{"resource", Part::kHidden},
    Name{"scope", Part::kHidden},
    Name{"v", Part::kHidden},
};

Part part_of(std::string_view key) {
  for (const Name& name : kNames) {
    // Most names differ in their length or their first letter.
    if (name.key.size() != key.size() || name.key.front() != key.front()) continue;
    if (name.key == key) return name.part;
  }
  return Part::kRest;
}

struct Style {
  std::string_view code;
  std::string_view word;
};

// By severity's range: trace, debug, info, warn, error, fatal.
Style style_of(std::int32_t severity) {
  constexpr std::array<Style, 6> kStyles = {Style{"\x1b[2m", "TRACE"},  Style{"\x1b[34m", "DEBUG"},
                                            Style{"\x1b[32m", "INFO "}, Style{"\x1b[33m", "WARN "},
                                            Style{"\x1b[31m", "ERROR"}, Style{"\x1b[35m", "FATAL"}};
  return kStyles[static_cast<std::size_t>(severity - 1) / 4];
}

// Pino's and bunyan's numbers: 10 trace … 60 fatal.
std::int32_t severity_of(const Raw& level) {
  if (level.is_string) return model::parse_severity(level.text);
  const auto number = parse_int(level.text);
  return number && *number >= 10 && *number < 70 ? static_cast<std::int32_t>(*number / 10) * 4 - 3
                                                 : 0;
}

class Line {
 public:
  Line(std::string& out, bool color) : out_(out), color_(color) {}

  // False when the line is no object. For any number of lines, one after the other.
  bool draw(std::string_view line) {
    time_ = level_ = service_ = message_ = name_ = {};
    rest_.clear();
    if (!read(line)) return false;
    append_time();
    append_level();
    append_service();
    append_message();
    for (const Rest& rest : rest_) append_rest(rest.key, rest.value);
    out_ += '\n';
    return true;
  }

 private:
  struct Rest {
    std::string_view key;
    Raw value;
  };

  bool read(std::string_view line) {
    Members members(line);
    std::string_view key;
    Raw value;
    while (members.next(key, value)) place(key, value);
    return members.is_complete();
  }

  void place(std::string_view key, const Raw& value) {
    switch (part_of(key)) {
      case Part::kTime: return keep(time_, key, value);
      case Part::kLevel: return keep(level_, key, value);
      case Part::kService: return keep(service_, key, value);
      case Part::kMessage: return keep(message_, key, value);
      case Part::kName: return keep(name_, key, value);
      case Part::kAttributes: return spread(key, value);
      case Part::kHidden: return;
      case Part::kRest: rest_.push_back({key, value});
    }
  }

  void keep(Raw& part, std::string_view key, const Raw& value) {
    if (part.is_there()) {
      rest_.push_back({key, value});
    } else {
      part = value;
    }
  }

  void spread(std::string_view key, const Raw& value) {
    if (value.is_string || !value.text.starts_with('{')) return rest_.push_back({key, value});
    Members members(value.text);
    Raw inner;
    while (members.next(key, inner)) rest_.push_back({key, inner});
  }

  void styled(std::string_view code, std::string_view text) {
    if (color_) out_ += code;
    out_ += text;
    if (color_) out_ += kReset;
  }

  // RFC 3339 as it is, without its zone when that is UTC, to the millisecond; epoch times likewise.
  void append_time() {
    if (!time_.is_there()) return;
    constexpr std::size_t kShown = 23;
    std::string_view text = time_.text;
    std::string made;
    if (!time_.is_string) {
      const auto number = parse_double(text);
      const auto whole = parse_int(text);
      const auto time = codec::to_foreign_time(whole    ? model::Value::integer(*whole)
                                               : number ? model::Value::number(*number)
                                                        : model::Value());
      if (time) text = made = to_rfc3339(*time);
    }
    if (color_) out_ += kDim;
    const bool is_utc = text.size() > kShown && text.back() == 'Z' && text[10] == 'T';
    if (is_utc) {
      out_ += text.substr(0, 10);
      out_ += ' ';
      out_ += text.substr(11, kShown - 11);
    } else {
      append_safe(text, " ");
    }
    if (color_) out_ += kReset;
    out_ += ' ';
  }

  void append_level() {
    if (!level_.is_there()) return;
    const std::int32_t severity = severity_of(level_);
    if (severity > 0) {
      const Style style = style_of(severity);
      styled(style.code, style.word);
    } else {
      append_safe(level_.text, " ");
    }
    out_ += ' ';
  }

  void append_service() {
    if (!service_.is_there() && !name_.is_there()) return;
    const Raw shown = service_.is_there() ? service_ : name_;
    if (!service_.is_there()) name_ = {};
    if (color_) out_ += kServiceColor;
    const std::size_t begin = out_.size();
    append_safe(shown.text, " ");
    const std::size_t width = out_.size() - begin;
    if (color_) out_ += kReset;
    out_.append(width < kServiceWidth ? kServiceWidth - width : 0, ' ');
    out_ += ' ';
  }

  void append_message() {
    const Raw& shown = message_.is_there() ? message_ : name_;
    if (!shown.is_there()) return;
    if (color_) out_ += kBold;
    append_safe(shown.text, "\n    ");
    if (color_) out_ += kReset;
    if (message_.is_there() && name_.is_there()) rest_.insert(rest_.begin(), {"name", name_});
  }

  void append_rest(std::string_view key, const Raw& value) {
    out_ += ' ';
    if (color_) out_ += kDim;
    append_safe(key, " ");
    out_ += '=';
    if (color_) out_ += kReset;
    const bool has_space = value.is_string && value.text.find(' ') != std::string_view::npos;
    const bool is_quoted = has_space || (value.is_string && value.text.empty());
    if (is_quoted) out_ += '"';
    append_safe(value.text, "\\n");
    if (is_quoted) out_ += '"';
  }

  // With escapes resolved, newlines as the caller wants them, and no other control character.
  void append_safe(std::string_view text, std::string_view newline) {
    if (is_plain(text)) {
      out_ += text;
      return;
    }
    std::string unescaped;
    if (text.find('\\') != std::string_view::npos) {
      unescape_forgivingly(text, unescaped);
      text = unescaped;
    }
    std::size_t from = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
      const auto c = static_cast<unsigned char>(text[at]);
      // C1 controls, as UTF-8 spells them, move the cursor too.
      const bool is_c1 =
          c == 0xc2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0;
      if (c >= 0x20 && c != 0x7f && !is_c1) continue;
      out_ += text.substr(from, at - from);
      out_ += c == '\n' ? newline : std::string_view(c == '\t' ? " " : "\xef\xbf\xbd");
      at += is_c1 ? 1 : 0;
      from = at + 1;
    }
    out_ += text.substr(from);
  }

  std::string& out_;
  bool color_;
  Raw time_, level_, service_, message_, name_;
  std::vector<Rest> rest_;
};

}  // namespace

void append_pretty(std::string& out, std::string_view lines, bool color) {
  Line drawn(out, color);
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    const std::size_t begin = out.size();
    const std::size_t start = skip_right(line, 0, is_space);
    if (start < line.size() && line[start] == '{') {
      if (drawn.draw(line.substr(start))) continue;
      out.resize(begin);
    }
    out += line;
    out += '\n';
  }
}

}  // namespace obs::lang
