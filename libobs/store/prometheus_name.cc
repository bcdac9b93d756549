#include "libobs/store/prometheus_name.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace obs::store {
namespace {

using Word = std::pair<std::string_view, std::string_view>;

constexpr Word kUnits[] = {{"d", "days"},          {"h", "hours"},
                           {"min", "minutes"},     {"s", "seconds"},
                           {"ms", "milliseconds"}, {"us", "microseconds"},
                           {"ns", "nanoseconds"},  {"By", "bytes"},
                           {"KiBy", "kibibytes"},  {"MiBy", "mebibytes"},
                           {"GiBy", "gibibytes"},  {"TiBy", "tibibytes"},
                           {"KBy", "kilobytes"},   {"MBy", "megabytes"},
                           {"GBy", "gigabytes"},   {"TBy", "terabytes"},
                           {"m", "meters"},        {"V", "volts"},
                           {"A", "amperes"},       {"J", "joules"},
                           {"W", "watts"},         {"g", "grams"},
                           {"Cel", "celsius"},     {"Hz", "hertz"},
                           {"%", "percent"},       {"1", ""}};

constexpr Word kPerUnits[] = {{"s", "second"}, {"m", "minute"}, {"h", "hour"}, {"d", "day"},
                              {"w", "week"},   {"mo", "month"}, {"y", "year"}};

std::string_view look_up(std::span<const Word> words, std::string_view key) {
  for (const auto& [from, to] : words) {
    if (from == key) return to;
  }
  return key;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_name_char(char c) { return is_alphanumeric(c) || c == ':'; }

template <class Keep>
std::vector<std::string> split_tokens(std::string_view text, Keep keep) {
  std::vector<std::string> tokens;
  bool inside = false;
  for (const char c : text) {
    const bool kept = keep(c);
    if (kept && !inside) tokens.emplace_back();
    if (kept) tokens.back() += c;
    inside = kept;
  }
  return tokens;
}

std::string join_tokens(const std::vector<std::string>& tokens) {
  std::string text;
  for (const std::string& token : tokens) {
    if (!text.empty()) text += '_';
    text += token;
  }
  return text;
}

// What the unit adds to a name: "By/s" is "bytes" and "second".
struct UnitWords {
  std::string main;
  std::string per;
};

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// An annotation such as {request} is no unit.
std::string_view without_annotation(std::string_view unit) {
  return unit.find_first_of("{}") == std::string_view::npos ? trim(unit) : std::string_view();
}

UnitWords unit_words(std::string_view unit) {
  const std::size_t slash = unit.find('/');
  UnitWords words;
  words.main = look_up(kUnits, without_annotation(unit.substr(0, slash)));
  if (slash == std::string_view::npos) return words;
  words.per = look_up(kPerUnits, without_annotation(unit.substr(slash + 1)));
  return words;
}

class Tokens {
 public:
  explicit Tokens(std::string_view name) : tokens_(split_tokens(name, is_name_char)) {}

  void add_unit(const UnitWords& unit) {
    const std::string main = join_tokens(split_tokens(unit.main, is_name_char));
    const std::string per = join_tokens(split_tokens(unit.per, is_name_char));
    if (!main.empty() && !has(main)) tokens_.push_back(main);
    if (per.empty() || has(per)) return;
    tokens_.push_back("per");
    tokens_.push_back(per);
  }
  // At the end, and there only.
  void move_to_end(const std::string& token) {
    tokens_.erase(std::remove(tokens_.begin(), tokens_.end(), token), tokens_.end());
    tokens_.push_back(token);
  }
  std::string join() const {
    std::string name = join_tokens(tokens_);
    if (!name.empty() && is_digit(name.front())) name.insert(0, 1, '_');
    return name;
  }

 private:
  bool has(const std::string& token) const {
    return std::find(tokens_.begin(), tokens_.end(), token) != tokens_.end();
  }
  std::vector<std::string> tokens_;
};

std::string escaped_name(const NamedMetric& metric, bool with_suffixes) {
  Tokens tokens(metric.name);
  if (with_suffixes) {
    tokens.add_unit(unit_words(metric.unit));
    if (metric.is_monotonic_sum) tokens.move_to_end("total");
    if (metric.is_gauge && metric.unit == "1") tokens.move_to_end("ratio");
  }
  return tokens.join();
}

// Unescaped names only grow at the end.
void add_suffix(std::string& name, std::string_view suffix) {
  if (suffix.empty() || name.ends_with(suffix)) return;
  name += '_';
  name += suffix;
}

void remove_suffix(std::string& name, std::string_view suffix) {
  if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
}

std::string suffixed_name(const NamedMetric& metric) {
  std::string name(metric.name);
  const UnitWords unit = unit_words(metric.unit);
  if (metric.is_monotonic_sum) remove_suffix(name, "_total");
  const bool is_ratio = metric.is_gauge && metric.unit == "1";
  if (is_ratio) remove_suffix(name, "_ratio");
  add_suffix(name, unit.main);
  if (!unit.per.empty()) add_suffix(name, "per_" + unit.per);
  if (metric.is_monotonic_sum) add_suffix(name, "total");
  if (is_ratio) add_suffix(name, "ratio");
  return name;
}

}  // namespace

std::string to_metric_name(const NamedMetric& metric, NameStrategy strategy) {
  switch (strategy) {
    case NameStrategy::kUnderscoreEscapingWithSuffixes: return escaped_name(metric, true);
    case NameStrategy::kUnderscoreEscapingWithoutSuffixes: return escaped_name(metric, false);
    case NameStrategy::kNoUtf8EscapingWithSuffixes: return suffixed_name(metric);
    case NameStrategy::kNoTranslation: break;
  }
  return std::string(metric.name);
}

std::string to_label_name(std::string_view key, NameStrategy strategy) {
  std::string label(key);
  if (strategy == NameStrategy::kNoUtf8EscapingWithSuffixes ||
      strategy == NameStrategy::kNoTranslation || label.empty()) {
    return label;
  }
  // A character of several bytes is one underscore.
  std::string escaped;
  for (const char c : label) {
    const bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    if (!continues) escaped += is_alphanumeric(c) ? c : '_';
  }
  if (escaped.empty()) return escaped;
  if (is_digit(escaped.front())) return "key_" + escaped;
  if (escaped.starts_with('_') && !escaped.starts_with("__")) return "key" + escaped;
  return escaped;
}

}  // namespace obs::store
