// The text formats, a line at a time.
//
//   line     := comment | sample
//   comment  := "#" ("HELP" | "TYPE" | "UNIT") name text | "# EOF" | "#" anything (not OpenMetrics)
//   sample   := name? ["{" [label ("," label)* [","]] "}"] value [time] [exemplar]
//   label    := key "=" quoted | quoted                     a quoted one alone is the name
//   exemplar := "#" "{" labels "}" value [time]             OpenMetrics
//
// Times are milliseconds in Prometheus' text and seconds in OpenMetrics. Spaces and tabs may stand
// between any two of these: exporters written by hand are not strict, and neither is Prometheus.

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/codec/exposition_build.h"
#include "libobs/codec/prometheus_labels.h"

namespace obs::codec {
namespace {

using model::Exemplar;
using model::KeyValue;
using model::Value;

constexpr std::string_view kBlank = " \t";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_char(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == ':'; }

// Go's spelling: "+Inf", "-inf", "NaN", "1e3".
std::optional<double> parse_value(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  return parse_double(text);
}

// One line from front to back. What is wrong is a static text; the first one stays.
class Line {
 public:
  explicit Line(std::string_view text, Arena& arena) : left_(text), arena_(arena) {}

  void skip_blank() {
    const std::size_t end = left_.find_first_not_of(kBlank);
    left_.remove_prefix(end == left_.npos ? left_.size() : end);
  }
  bool at_end() {
    skip_blank();
    return left_.empty();
  }
  bool at(char c) {
    skip_blank();
    return left_.starts_with(c);
  }
  bool take(char c) {
    if (!at(c)) return false;
    left_.remove_prefix(1);
    return true;
  }
  std::string_view word() {
    skip_blank();
    return take_front(left_.find_first_of(kBlank));
  }
  std::string_view name() {
    skip_blank();
    if (left_.starts_with('"')) return quoted("a name in quotes is not closed");
    std::size_t end = 0;
    while (end < left_.size() && is_name_char(left_[end])) ++end;
    if (end == 0 || is_digit(left_.front())) fail("a name is missing, or begins with no letter");
    return take_front(end);
  }

  // After an opening quote; escapes are \\, \" and \n.
  std::string_view quoted(std::string_view unclosed) {
    left_.remove_prefix(1);
    const std::size_t end = left_.find_first_of("\"\\");
    if (end == left_.npos) return fail(unclosed);
    if (left_[end] == '"') {
      const std::string_view text = take_front(end);
      left_.remove_prefix(1);
      return checked(text);
    }
    return escaped(unclosed);
  }

  std::optional<double> value() {
    const std::string_view text = word();
    const auto number = parse_value(text);
    if (!number) fail("a value is missing, or is no number");
    return number;
  }

  // "{" has been taken. A name alone in quotes goes to `metric`, where there may be one.
  void labels(std::string_view* metric, std::vector<KeyValue>& out) {
    while (wrong_.empty() && !take('}')) {
      const bool is_quoted = at('"');
      const std::string_view key = name();
      if (!wrong_.empty()) return;
      if (take('=')) {
        if (!at('"')) return void(fail("a label's value is not in quotes"));
        const std::string_view text = quoted("a label's value is not closed");
        if (!text.empty()) out.push_back({key, Value::string(text)});
      } else if (is_quoted && metric != nullptr && metric->empty()) {
        *metric = key;
      } else {
        return void(fail("a label has no '='"));
      }
      if (!take(',') && !at('}')) return void(fail("labels are not separated by ','"));
    }
  }

  std::string_view rest() {
    skip_blank();
    return std::exchange(left_, {});
  }
  std::string_view fail(std::string_view what) {
    if (wrong_.empty()) wrong_ = what;
    left_ = {};
    return {};
  }
  std::string_view wrong() const { return wrong_; }

  // HELP texts have \\ and \n, and in OpenMetrics \".
  std::string_view unescape(std::string_view text) {
    if (text.find('\\') == text.npos) return checked(text);
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char next = i + 1 < text.size() ? text[i + 1] : '\0';
      if (text[i] != '\\' || (next != '\\' && next != 'n' && next != '"')) {
        plain += text[i];
        continue;
      }
      plain += next == 'n' ? '\n' : next;
      ++i;
    }
    return checked(arena_.copy(plain));
  }

 private:
  std::string_view take_front(std::size_t size) {
    const std::string_view front = left_.substr(0, size);
    left_.remove_prefix(front.size());
    return front;
  }
  std::string_view checked(std::string_view text) {
    return is_valid_utf8(text) ? text : fail("text is not UTF-8");
  }
  std::string_view escaped(std::string_view unclosed) {
    std::size_t end = 0;
    while (end < left_.size() && left_[end] != '"') end += left_[end] == '\\' ? 2 : 1;
    if (end >= left_.size()) return fail(unclosed);
    const std::string_view text = take_front(end);
    left_.remove_prefix(1);
    return unescape(text);
  }

  std::string_view left_;
  Arena& arena_;
  std::string_view wrong_;
};

class TextParser {
 public:
  TextParser(bool open_metrics, ExpositionBuilder& builder)
      : open_metrics_(open_metrics), builder_(builder) {}

  Result<void> parse(std::string_view body) {
    for (std::size_t number = 1; !body.empty(); ++number) {
      const std::size_t end = body.find('\n');
      std::string_view text = body.substr(0, end);
      body.remove_prefix(end == body.npos ? body.size() : end + 1);
      if (text.ends_with('\r')) text.remove_suffix(1);
      if (const auto wrong = line(text); !wrong.empty()) {
        return fail(Errc::kMalformed, fmt::format("line {}: {}", number, wrong));
      }
      if (builder_.size() > kMaxExposedSamples) {
        return fail(Errc::kLimitExceeded, fmt::format("more than {} samples", kMaxExposedSamples));
      }
    }
    if (open_metrics_ && !ended_) {
      return fail(Errc::kMalformed, "OpenMetrics does not end with '# EOF': it is cut short");
    }
    return {};
  }

 private:
  std::string_view line(std::string_view text) {
    if (ended_) return text.empty() ? "" : "there is something after '# EOF'";
    Line line(text, builder_.arena());
    if (line.at_end()) return open_metrics_ ? "OpenMetrics has no empty lines" : "";
    if (line.take('#')) {
      comment(line);
    } else {
      sample(line);
    }
    return line.wrong();
  }

  void comment(Line& line) {
    const std::string_view kind = line.word();
    if (kind == "EOF" && open_metrics_) {
      ended_ = true;
      return;
    }
    if (kind != "HELP" && kind != "TYPE" && kind != "UNIT") {
      if (open_metrics_) line.fail("a comment is none of HELP, TYPE, UNIT and EOF");
      return;
    }
    // "# HELP" alone is a comment.
    if (line.at_end() && !open_metrics_) return;
    const std::string_view name = line.name();
    if (!line.wrong().empty()) return;
    PrometheusMetadata& metadata = builder_.at(builder_.family(name)).metadata;
    if (kind == "HELP") {
      metadata.help = line.unescape(line.rest());
    } else if (kind == "UNIT") {
      metadata.unit = line.unescape(trim(line.rest()));
    } else {
      const auto type = parse_prometheus_type(to_lower(trim(line.rest())));
      if (!type) return void(line.fail("a type is none that is known"));
      metadata.type = *type;
    }
  }

  void sample(Line& line) {
    ExposedSample sample;
    labels_.clear();
    if (!line.at('{')) sample.name = line.name();
    if (line.take('{')) {
      line.labels(sample.name.empty() ? &sample.name : nullptr, labels_);
    }
    if (sample.name.empty()) line.fail("a sample has no name");
    sample.value = line.value().value_or(0);
    if (!line.at_end() && !line.at('#')) sample.time = time(line);
    if (line.take('#')) exemplar(line, sample);
    if (!line.at_end()) line.fail("there is something after the sample");
    if (!line.wrong().empty()) return;
    sample.family = builder_.family_of_series(sample.name);
    spell_bounds(builder_.at(sample.family).metadata.type);
    sample.labels = builder_.labels(labels_);
    if (open_metrics_) builder_.apply_created(sample);
    builder_.add(sample);
  }

  // Exporters write le="1", "1.0" or "1e0": one series, however it was asked for.
  void spell_bounds(PrometheusType type) {
    if (type != PrometheusType::kHistogram && type != PrometheusType::kSummary) return;
    const std::string_view label = type == PrometheusType::kSummary ? "quantile" : "le";
    for (KeyValue& one : labels_) {
      if (one.key != label) continue;
      const auto bound = parse_value(one.value.as_string());
      if (!bound) continue;
      const std::string text = bound_text(*bound);
      if (text != one.value.as_string()) one.value = Value::string(builder_.arena().copy(text));
    }
  }

  Timestamp time(Line& line) {
    constexpr double kMostMs = 9.2e12;
    if (open_metrics_) {
      if (const auto time = to_timestamp(line.value().value_or(0))) return *time;
    } else if (const auto ms = parse_int(line.word()); ms) {
      if (std::fabs(static_cast<double>(*ms)) < kMostMs) return *ms * kMillisecond;
    }
    line.fail("a timestamp is no number, or not between the years 1677 and 2262");
    return 0;
  }

  void exemplar(Line& line, ExposedSample& sample) {
    if (!open_metrics_) return void(line.fail("only OpenMetrics has exemplars"));
    if (!line.take('{')) return void(line.fail("an exemplar has no '{'"));
    exemplar_labels_.clear();
    line.labels(nullptr, exemplar_labels_);
    Exemplar exemplar;
    exemplar.value = Value::number(line.value().value_or(0));
    if (!line.at_end()) exemplar.time = time(line);
    rest_.clear();
    for (const auto& [key, value] : exemplar_labels_) {
      set_exemplar_label(key, value.as_string(), exemplar, rest_);
    }
    exemplar.filtered_attributes = builder_.labels(rest_);
    sample.exemplars = builder_.arena().copy_array<Exemplar>({&exemplar, 1});
  }

  const bool open_metrics_;
  ExpositionBuilder& builder_;
  bool ended_ = false;
  std::vector<KeyValue> labels_;
  std::vector<KeyValue> exemplar_labels_;
  std::vector<KeyValue> rest_;
};

}  // namespace

Result<void> parse_exposition_text(bool open_metrics, std::string_view body,
                                   ExpositionBuilder& builder) {
  return TextParser(open_metrics, builder).parse(body);
}

}  // namespace obs::codec
