#include "libobs/lang/parse_habits.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/lang/parse_stage.h"

namespace obs::lang {
namespace {

enum Way { kCode, kProse };

struct Habit {
  std::string_view written;
  std::string_view instead;
  Way way = kCode;
};

// SQL, jq, Splunk, LogQL, KQL, Miller and CloudWatch, as far as they differ from us.
constexpr std::array kStages = {
    Habit{"filter", "where EXPR"},
    Habit{"search", "where EXPR"},
    Habit{"grep", "where body contains \"text\""},
    Habit{"having", "where EXPR"},
    Habit{"if", "where EXPR"},
    Habit{"not", "where not EXPR"},
    Habit{"exists", "where exists F"},
    Habit{"has", "where F has \"word\""},
    Habit{"contains", "where F contains \"text\""},
    Habit{"select", "`keep F, ...` for fields, `where EXPR` for records", kProse},
    Habit{"project", "keep F, ..."},
    Habit{"fields", "keep F, ..."},
    Habit{"field", "keep F, ..."},
    Habit{"table", "keep F, ..."},
    Habit{"display", "keep F, ..."},
    Habit{"cut", "keep F, ..."},
    Habit{"pick", "keep F, ..."},
    Habit{"map", "set F = EXPR"},
    Habit{"eval", "set F = EXPR"},
    Habit{"extend", "set F = EXPR"},
    Habit{"mutate", "set F = EXPR"},
    Habit{"assign", "set F = EXPR"},
    Habit{"put", "set F = EXPR"},
    Habit{"add", "set F = EXPR"},
    Habit{"label_format", "set F = EXPR"},
    Habit{"let", "`let NAME = EXPR;` before the first stage", kProse},
    Habit{"del", "drop F, ..."},
    Habit{"delete", "drop F, ..."},
    Habit{"remove", "drop F, ..."},
    Habit{"exclude", "drop F, ..."},
    Habit{"omit", "drop F, ..."},
    Habit{"group", "stats count() by F"},
    Habit{"group_by", "stats count() by F"},
    Habit{"groupby", "stats count() by F"},
    Habit{"by", "stats count() by F"},
    Habit{"summarize", "stats count() by F"},
    Habit{"summarise", "stats count() by F"},
    Habit{"aggregate", "stats count() by F"},
    Habit{"agg", "stats count() by F"},
    Habit{"chart", "stats count() by F"},
    Habit{"timechart", "stats count() by F every 1m"},
    Habit{"timeslice", "stats count() every 1m"},
    Habit{"count_by", "stats count() by F"},
    Habit{"count", "stats count() by F"},
    Habit{"sum", "stats sum(F)"},
    Habit{"avg", "stats avg(F)"},
    Habit{"min", "stats min(F)"},
    Habit{"max", "stats max(F)"},
    Habit{"p95", "stats p95(F)"},
    Habit{"rate", "stats rate()"},
    Habit{"order", "`sort F`, or `sort -F` for the largest first", kProse},
    Habit{"order_by", "`sort F`, or `sort -F` for the largest first", kProse},
    Habit{"orderby", "`sort F`, or `sort -F` for the largest first", kProse},
    Habit{"sort_by", "`sort F`, or `sort -F` for the largest first", kProse},
    Habit{"reverse", "sort -F"},
    Habit{"limit", "head N"},
    Habit{"take", "head N"},
    Habit{"first", "head N"},
    Habit{"last", "tail N"},
    Habit{"uniq", "`dedup by F`, or `stats uniq(F)`", kProse},
    Habit{"unique", "`dedup by F`, or `stats uniq(F)`", kProse},
    Habit{"distinct", "`dedup by F`, or `stats uniq(F)`", kProse},
    Habit{"explode", "unroll F"},
    Habit{"expand", "unroll F"},
    Habit{"unnest", "unroll F"},
    Habit{"flatten", "unroll F"},
    Habit{"mvexpand", "unroll F"},
    Habit{"rex", "parse regex \"(?P<name>...)\" from F"},
    Habit{"regexp", "parse regex \"(?P<name>...)\" from F"},
    Habit{"regex", "parse regex \"(?P<name>...)\" from F"},
    Habit{"extract", "parse regex \"(?P<name>...)\" from F"},
    Habit{"pattern", "parse pattern \"<a> <b>\" from F"},
    Habit{"dissect", "parse pattern \"<a> <b>\" from F"},
    Habit{"grok", "parse pattern \"<a> <b>\" from F"},
    Habit{"json", "parse json"},
    Habit{"unpack", "parse json"},
    Habit{"spath", "parse json"},
    Habit{"logfmt", "parse logfmt"},
    Habit{"print", "format \"...{F}...\""},
    Habit{"printf", "format \"...{F}...\""},
    Habit{"template", "format \"...{F}...\""},
    Habit{"line_format", "format \"...{F}...\""},
    Habit{"mask", "redact WHAT, ..."},
    Habit{"scrub", "redact WHAT, ..."},
    Habit{"anonymize", "redact WHAT, ..."},
    Habit{"common", "top N F"},
    Habit{"cluster", "patterns"},
    Habit{"write", "tee \"ADDRESS\""},
    Habit{"output", "tee \"ADDRESS\""},
    Habit{"from", "`logs`, `spans` or `metrics`, or a stage", kProse},
};

constexpr std::array kFunctions = {
    Habit{"length", "len(value)"},
    Habit{"strlen", "len(value)"},
    Habit{"size", "len(value)"},
    Habit{"count", "`len(value)`, or `stats count()`", kProse},
    Habit{"tolower", "lower(text)"},
    Habit{"to_lower", "lower(text)"},
    Habit{"lowercase", "lower(text)"},
    Habit{"ascii_downcase", "lower(text)"},
    Habit{"toupper", "upper(text)"},
    Habit{"to_upper", "upper(text)"},
    Habit{"uppercase", "upper(text)"},
    Habit{"ascii_upcase", "upper(text)"},
    Habit{"tostring", "string(value)"},
    Habit{"to_string", "string(value)"},
    Habit{"str", "string(value)"},
    Habit{"text", "string(value)"},
    Habit{"tonumber", "`double(value)` or `int(value)`", kProse},
    Habit{"to_number", "`double(value)` or `int(value)`", kProse},
    Habit{"number", "`double(value)` or `int(value)`", kProse},
    Habit{"float", "double(value)"},
    Habit{"toint", "int(value)"},
    Habit{"to_int", "int(value)"},
    Habit{"ifnull", "coalesce(a, b, ...)"},
    Habit{"nvl", "coalesce(a, b, ...)"},
    Habit{"default", "coalesce(a, b, ...)"},
    Habit{"case", "if(condition, then, else)"},
    Habit{"iff", "if(condition, then, else)"},
    Habit{"iif", "if(condition, then, else)"},
    Habit{"contains", "a contains \"text\""},
    Habit{"includes", "a contains \"text\""},
    Habit{"has", "a has \"word\""},
    Habit{"startswith", "a startswith \"text\""},
    Habit{"starts_with", "a startswith \"text\""},
    Habit{"endswith", "a endswith \"text\""},
    Habit{"ends_with", "a endswith \"text\""},
    Habit{"match", "a =~ \"regex\""},
    Habit{"matches", "a =~ \"regex\""},
    Habit{"test", "a =~ \"regex\""},
    Habit{"regex_match", "a =~ \"regex\""},
    Habit{"like", "`a contains \"text\"` or `a =~ \"regex\"`", kProse},
    Habit{"isnull", "`not exists a` or `a == null`", kProse},
    Habit{"is_null", "`not exists a` or `a == null`", kProse},
    Habit{"isnotnull", "exists a"},
    Habit{"isempty", "a == \"\""},
    Habit{"substring", "substr(text, start, length)"},
    Habit{"slice", "substr(text, start, length)"},
    Habit{"gsub", "replace_regex(text, regex, to)"},
    Habit{"sub", "replace_regex(text, regex, to)"},
    Habit{"regex_replace", "replace_regex(text, regex, to)"},
    Habit{"regex_extract", "extract(text, regex, group)"},
    Habit{"strftime", "format_time(time, format)"},
    Habit{"strptime", "parse_time(text)"},
    Habit{"fromjson", "json(text, path)"},
    Habit{"json_extract", "json(text, path)"},
    Habit{"bin", "bucket(value, size)"},
    Habit{"date_trunc", "bucket(time, 1h)"},
    Habit{"log", "`ln(number)` or `log10(number)`", kProse},
    Habit{"min", "least(a, b, ...)"},
    Habit{"max", "greatest(a, b, ...)"},
    Habit{"cidrmatch", "cidr_match(ip, cidr, ...)"},
    Habit{"ip_in_range", "cidr_match(ip, cidr, ...)"},
    Habit{"md5", "hash(value)"},
    Habit{"cast", "`int(value)`, `double(value)` or `string(value)`", kProse},
    Habit{"ago", "a distance beside a time, as in `time > -1h`", kProse},
    Habit{"sha1", "hash(value)"},
};

constexpr std::array kAggregates = {
    Habit{"cnt", "count()"},
    Habit{"num", "count()"},
    Habit{"n", "count()"},
    Habit{"countif", "count(where EXPR)"},
    Habit{"count_if", "count(where EXPR)"},
    Habit{"total", "sum(F)"},
    Habit{"mean", "avg(F)"},
    Habit{"average", "avg(F)"},
    Habit{"median", "p50(F)"},
    Habit{"dc", "uniq(F)"},
    Habit{"distinct", "uniq(F)"},
    Habit{"distinct_count", "uniq(F)"},
    Habit{"count_distinct", "uniq(F)"},
    Habit{"dcount", "uniq(F)"},
    Habit{"nunique", "uniq(F)"},
    Habit{"cardinality", "uniq(F)"},
    Habit{"percentile", "`p95(F)` or `quantile(F, 0.95)`", kProse},
    Habit{"percentiles", "p50(F), p95(F)"},
    Habit{"perc", "`p95(F)` or `quantile(F, 0.95)`", kProse},
    Habit{"pct", "`p95(F)` or `quantile(F, 0.95)`", kProse},
    Habit{"quantile_over_time", "quantile(F, 0.95) every 1m"},
    Habit{"count_over_time", "count() every 1m"},
    Habit{"list", "values(F)"},
    Habit{"collect", "values(F)"},
    Habit{"array_agg", "values(F)"},
    Habit{"earliest", "first(F)"},
    Habit{"latest", "last(F)"},
    Habit{"by", "stats count() by F"},
};

// Case counts: these are no names that fields have. In backticks they are.
constexpr std::array kValues = {
    Habit{"NULL", "null"}, Habit{"Null", "null"},      Habit{"None", "null"},
    Habit{"nil", "null"},  Habit{"undefined", "null"}, Habit{"TRUE", "true"},
    Habit{"True", "true"}, Habit{"FALSE", "false"},    Habit{"False", "false"},
};

constexpr std::array kTokens = {
    Habit{"and", "and"},
    Habit{"or", "or"},
    Habit{"in", "in"},
    Habit{"by", "by"},
    Habit{"as", "as"},
    Habit{"like", "`contains \"text\"` or `=~ \"regex\"`", kProse},
    Habit{"ilike", "=~ \"(?i)regex\""},
    Habit{"matches", "=~ \"regex\""},
    Habit{"regex", "=~ \"regex\""},
    Habit{"rlike", "=~ \"regex\""},
    Habit{"is", "`exists F` or `F == null`", kProse},
    Habit{"eq", "=="},
    Habit{"ne", "!="},
    Habit{"gt", ">"},
    Habit{"ge", ">="},
    Habit{"lt", "<"},
    Habit{"le", "<="},
    Habit{"equals", "=="},
    Habit{"between", "F >= 1 and F <= 2"},
    Habit{"not", "not F contains \"text\""},
    Habit{"starts_with", "startswith"},
    Habit{"ends_with", "endswith"},
    Habit{"includes", "contains"},
    Habit{"over", "by"},
    Habit{"per", "by"},
    Habit{"group", "by"},
    Habit{"order", "| sort F"},
    Habit{"limit", "| head N"},
    Habit{"having", "| where EXPR"},
    Habit{"from", "no `from`: the input is named on the command line", kProse},
    Habit{"desc", "sort -F"},
    Habit{"asc", "sort F"},
    Habit{"span", "every 1m"},
    Habit{"bucket", "every 1m"},
    Habit{"|", "`or` for a choice, a stage behind each bar", kProse},
    Habit{"contains", "a contains \"text\""},
    Habit{"startswith", "a startswith \"text\""},
    Habit{"endswith", "a endswith \"text\""},
    Habit{"has", "a has \"word\""},
    Habit{"=", "`==` to compare, `set F = EXPR` to set", kProse},
    Habit{"{", "where F == \"value\""},
    Habit{"*", "the name of a field", kProse},
};

constexpr std::array kBytes = {
    Habit{"“", "straight quotes: \"text\"", kProse},
    Habit{"”", "straight quotes: \"text\"", kProse},
    Habit{"‘", "straight quotes: 'text'", kProse},
    Habit{"’", "straight quotes: 'text'", kProse},
    Habit{"\u00a0", "a plain space", kProse},
    Habit{"≥", ">="},
    Habit{"≤", "<="},
    Habit{"≠", "!="},
    Habit{"&&", "and"},
    Habit{"&", "and"},
    Habit{"!=~", "!~"},
    Habit{"!", "not"},
    Habit{"~", "=~"},
    Habit{"?", "if(condition, then, else)"},
    Habit{"$", "the name of a field without a sign before it", kProse},
    Habit{".[", "`items[0].name` without a dot before it", kProse},
    Habit{".", "the name of a field without a dot before it", kProse},
    Habit{"[-", "a number from 0 on: items are counted from the first", kProse},
    Habit{"[\"", "a dot and the name, as in `a.b`", kProse},
    Habit{"['", "a dot and the name, as in `a.b`", kProse},
    Habit{"[]", "`unroll F` before it", kProse},
    Habit{"[", "`in (1, 2)` for a list, `a[0]` for an item", kProse},
    Habit{"^", "pow(base, exponent)"},
    Habit{"\\", "what is escaped in quotes", kProse},
};

// What other dialects of regular expressions have, and RE2 has not.
constexpr std::array kRegexes = {
    Habit{"(?=", "what follows into the expression, as there is no look-ahead", kProse},
    Habit{"(?!", "`and not F =~ ...` beside it, as there is no look-ahead", kProse},
    Habit{"(?<=", "what precedes into the expression, as there is no look-behind", kProse},
    Habit{"(?<!", "`and not F =~ ...` beside it, as there is no look-behind", kProse},
    Habit{"(?<", "(?P<name>...)"},
    Habit{"(?>", "(?:...)"},
    Habit{"\\1", "what repeats in full, as there are no references to groups", kProse},
    Habit{"*+", "*"},
    Habit{"++", "+"},
};

std::string say(const Habit& habit) {
  return habit.way == kCode ? fmt::format("; write `{}`", habit.instead)
                            : fmt::format("; write {}", habit.instead);
}

std::string look_up(std::span<const Habit> habits, std::string_view written) {
  const auto found = std::find_if(habits.begin(), habits.end(), [&](const Habit& habit) {
    return equals_ignore_case(habit.written, written);
  });
  // What is spelt well stands in the wrong place.
  const bool is_known = found != habits.end() && found->instead != written;
  return is_known ? say(*found) : std::string();
}

bool is_comparison(const Token& token) {
  constexpr std::array<std::string_view, 14> kSigns = {
      "==", "!=", "<",  "<=",  ">",        ">=",         "=~",
      "!~", "=",  "in", "has", "contains", "startswith", "endswith"};
  return token.kind != TokenKind::kString && !token.quoted &&
         std::find(kSigns.begin(), kSigns.end(), token.text) != kSigns.end();
}

}  // namespace

std::string stage_habit(std::string_view word, const Token& next) {
  if (is_comparison(next)) return "; a condition stands behind `where`";
  return look_up(kStages, word);
}

// What is called on a value, as in msg.contains("x"), is known by its last word.
std::string function_habit(std::string_view name) {
  return look_up(kFunctions, name.substr(name.rfind('.') + 1));
}
std::string aggregate_habit(std::string_view name) { return look_up(kAggregates, name); }

std::string value_habit(std::string_view name) {
  const auto found = std::find_if(kValues.begin(), kValues.end(),
                                  [&](const Habit& habit) { return habit.written == name; });
  return found == kValues.end() ? std::string() : say(*found);
}

std::string token_habit(const Token& token) {
  const bool is_word = token.kind == TokenKind::kName && !token.quoted;
  if (!is_word && token.kind != TokenKind::kSymbol) return {};
  const auto stages = stage_names();
  const bool is_stage =
      is_word && std::find(stages.begin(), stages.end(), token.text) != stages.end();
  return is_stage ? fmt::format("; write `| {}`", token.text) : look_up(kTokens, token.text);
}

std::string regex_habit(std::string_view pattern) {
  const auto found = std::find_if(kRegexes.begin(), kRegexes.end(), [&](const Habit& habit) {
    return pattern.find(habit.written) != std::string_view::npos;
  });
  return found == kRegexes.end() ? std::string() : say(*found);
}

std::string byte_habit(std::string_view rest) {
  const auto found = std::find_if(kBytes.begin(), kBytes.end(), [&](const Habit& habit) {
    return rest.starts_with(habit.written);
  });
  return found == kBytes.end() ? std::string() : say(*found);
}

}  // namespace obs::lang
