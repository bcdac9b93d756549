#include "libobs/lang/pretty.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/text.h"
#include "libobs/codec/foreign_time.h"
#include "libobs/lang/local_time.h"
#include "libobs/lang/scan.h"
#include "libobs/lang/shallow_members.h"
#include "libobs/lang/terminal_text.h"
#include "libobs/model/batch.h"

namespace obs::lang {
namespace {

constexpr std::size_t kServiceWidth = 12;

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kServiceColor = "\x1b[36m";

bool is_space(char c) { return c == ' ' || c == '\t'; }

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
std::int32_t severity_of(const ShallowValue& level) {
  if (level.is_string) return model::parse_severity(level.text);
  const auto number = parse_int(level.text);
  return number && *number >= 10 && *number < 70 ? static_cast<std::int32_t>(*number / 10) * 4 - 3
                                                 : 0;
}

class Line {
 public:
  Line(std::string& out, const PrettyOptions& options)
      : out_(out), color_(options.color), is_local_(options.local_time) {}

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
    ShallowValue value;
  };

  bool read(std::string_view line) {
    ShallowMembers members(line);
    std::string_view key;
    ShallowValue value;
    while (members.next(key, value)) place(key, value);
    return members.is_complete();
  }

  void place(std::string_view key, const ShallowValue& value) {
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

  void keep(ShallowValue& part, std::string_view key, const ShallowValue& value) {
    if (part.is_there()) {
      rest_.push_back({key, value});
    } else {
      part = value;
    }
  }

  void spread(std::string_view key, const ShallowValue& value) {
    if (value.is_string || !value.text.starts_with('{')) return rest_.push_back({key, value});
    ShallowMembers members(value.text);
    ShallowValue inner;
    while (members.next(key, inner)) rest_.push_back({key, inner});
  }

  void styled(std::string_view code, std::string_view text) {
    if (color_) out_ += code;
    out_ += text;
    if (color_) out_ += kReset;
  }

  // To the millisecond. In UTC, RFC 3339 as it is, without its zone when that is UTC.
  void append_time() {
    if (!time_.is_there()) return;
    constexpr std::size_t kShown = 23;
    std::string_view text = time_.text;
    std::string made;
    const bool is_read = !time_.is_string || is_local_;
    if (const auto time = is_read ? find_time() : std::nullopt) {
      text = made = to_rfc3339(*time + (is_local_ ? utc_offset(*time) : 0));
    }
    if (color_) out_ += kDim;
    const bool is_utc =
        text.size() > kShown && text.back() == 'Z' && text[10] == 'T' && is_terminal_plain(text);
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

  std::optional<Timestamp> find_time() const {
    if (time_.is_string) return parse_rfc3339(time_.text);
    const auto number = parse_double(time_.text);
    const auto whole = parse_int(time_.text);
    return codec::to_foreign_time(whole    ? model::Value::integer(*whole)
                                  : number ? model::Value::number(*number)
                                           : model::Value());
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
    const ShallowValue shown = service_.is_there() ? service_ : name_;
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
    const ShallowValue& shown = message_.is_there() ? message_ : name_;
    if (!shown.is_there()) return;
    if (color_) out_ += kBold;
    append_safe(shown.text, "\n    ");
    if (color_) out_ += kReset;
    if (message_.is_there() && name_.is_there()) rest_.insert(rest_.begin(), {"name", name_});
  }

  void append_rest(std::string_view key, const ShallowValue& value) {
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

  void append_safe(std::string_view text, std::string_view newline) {
    append_terminal_json(out_, text, newline);
  }

  std::string& out_;
  bool color_;
  bool is_local_;
  ShallowValue time_, level_, service_, message_, name_;
  std::vector<Rest> rest_;
};

}  // namespace

void append_pretty(std::string& out, std::string_view lines, const PrettyOptions& options) {
  Line drawn(out, options);
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
    // Whatever it is: its backslashes are its own.
    append_terminal_text(out, line, " ");
    out += '\n';
  }
}

}  // namespace obs::lang
