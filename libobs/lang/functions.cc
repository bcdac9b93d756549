#include "libobs/lang/functions.h"

#include <algorithm>
#include <array>

namespace obs::lang {
namespace {

// In the order of the enumeration, so that info() is an index.
constexpr std::array kFunctions = {
    FunctionInfo{Function::kIf, "if", 2, 3, "if(condition, then, else)",
                 "`then` when the condition holds, else `else`, which is missing by default"},
    FunctionInfo{Function::kCoalesce, "coalesce", 1, kAnyNumber, "coalesce(a, b, ...)",
                 "the first argument that is neither missing nor null"},
    FunctionInfo{Function::kType, "type", 1, 1, "type(value)",
                 "missing, null, string, bool, int, double, bytes, array or map"},
    FunctionInfo{Function::kToInt, "int", 1, 1, "int(value)",
                 "the value as a whole number, cut toward zero; missing when it is none"},
    FunctionInfo{Function::kToDouble, "double", 1, 1, "double(value)",
                 "the value as a number; missing when it is none"},
    FunctionInfo{Function::kToString, "string", 1, 1, "string(value)",
                 "the value as text, maps and arrays as JSON"},
    FunctionInfo{Function::kHash, "hash", 1, 1, "hash(value)",
                 "16 hex digits that are the same for the same text (XXH3, not for secrets)"},
    FunctionInfo{Function::kLower, "lower", 1, 1, "lower(text)", "ASCII letters in lower case"},
    FunctionInfo{Function::kUpper, "upper", 1, 1, "upper(text)", "ASCII letters in upper case"},
    FunctionInfo{Function::kTrim, "trim", 1, 1, "trim(text)", "without white space at both ends"},
    FunctionInfo{Function::kLength, "len", 1, 1, "len(value)",
                 "characters of a text, items of an array, keys of a map"},
    FunctionInfo{Function::kSubstring, "substr", 2, 3, "substr(text, start, length)",
                 "characters from `start` on, which counts from 0, or from the end when negative"},
    FunctionInfo{Function::kReplace, "replace", 3, 3, "replace(text, from, to)",
                 "every `from` replaced"},
    FunctionInfo{Function::kConcat, "concat", 1, kAnyNumber, "concat(a, b, ...)",
                 "all arguments as text, one after another; missing ones are empty"},
    FunctionInfo{Function::kSplit, "split", 2, 3, "split(text, separator, index)",
                 "an array of the parts, or the part of that index from 0"},
    FunctionInfo{Function::kExtract, "extract", 2, 3, "extract(text, regex, group)",
                 "what the group matched: the first one, or the whole match when there is none"},
    FunctionInfo{Function::kReplaceRegex, "replace_regex", 3, 3, "replace_regex(text, regex, to)",
                 "every match replaced; \\1 in `to` is the first group"},
    FunctionInfo{Function::kAbs, "abs", 1, 1, "abs(number)", "without its sign"},
    FunctionInfo{Function::kFloor, "floor", 1, 1, "floor(number)", "rounded down"},
    FunctionInfo{Function::kCeil, "ceil", 1, 1, "ceil(number)", "rounded up"},
    FunctionInfo{Function::kRound, "round", 1, 2, "round(number, digits)",
                 "rounded half away from zero, to that many digits after the point"},
    FunctionInfo{Function::kSqrt, "sqrt", 1, 1, "sqrt(number)", "square root"},
    FunctionInfo{Function::kLog, "ln", 1, 1, "ln(number)", "natural logarithm"},
    FunctionInfo{Function::kLog10, "log10", 1, 1, "log10(number)", "decimal logarithm"},
    FunctionInfo{Function::kExp, "exp", 1, 1, "exp(number)", "e to that power"},
    FunctionInfo{Function::kPow, "pow", 2, 2, "pow(base, exponent)", "power"},
    FunctionInfo{Function::kLeast, "least", 1, kAnyNumber, "least(a, b, ...)", "the smallest"},
    FunctionInfo{Function::kGreatest, "greatest", 1, kAnyNumber, "greatest(a, b, ...)",
                 "the greatest"},
    FunctionInfo{
        Function::kBucket, "bucket", 2, 2, "bucket(value, size)",
        "the largest multiple of `size` not above the value; of a time with a duration too"},
    FunctionInfo{Function::kHumanize, "humanize", 1, 2, "humanize(value, unit)",
                 "for people: 1.5k; with unit \"B\" 1.46KiB, with \"ns\" 1.25ms"},
    FunctionInfo{Function::kNow, "now", 0, 0, "now()", "the time at which the program started"},
    FunctionInfo{Function::kFormatTime, "format_time", 2, 2, "format_time(time, format)",
                 "in UTC, by strftime's letters"},
    FunctionInfo{Function::kParseTime, "parse_time", 1, 1, "parse_time(text)",
                 "a time from RFC 3339 or epoch seconds, milliseconds or nanoseconds"},
    FunctionInfo{Function::kCidrMatch, "cidr_match", 2, kAnyNumber, "cidr_match(ip, cidr, ...)",
                 "whether the IPv4 or IPv6 address lies in one of the networks"},
    FunctionInfo{Function::kUrlScheme, "url_scheme", 1, 1, "url_scheme(url)", "\"https\""},
    FunctionInfo{Function::kUrlHost, "url_host", 1, 1, "url_host(url)", "without the port"},
    FunctionInfo{Function::kUrlPath, "url_path", 1, 1, "url_path(url)", "without the query"},
    FunctionInfo{Function::kUrlParameter, "url_param", 2, 2, "url_param(url, name)",
                 "a query parameter, percent-decoded"},
    FunctionInfo{Function::kJsonPath, "json", 2, 2, "json(text, path)",
                 "what lies at \"a.b[0].c\" in a JSON text"},
};

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kFunctions.size(); ++i) {
    if (static_cast<std::size_t>(kFunctions[i].function) != i) return false;
  }
  return true;
}
static_assert(is_in_order());

}  // namespace

std::span<const FunctionInfo> functions() { return kFunctions; }

const FunctionInfo& info(Function function) {
  return kFunctions[static_cast<std::size_t>(function)];
}

const FunctionInfo* find_function(std::string_view name) {
  const auto* const found =
      std::find_if(kFunctions.begin(), kFunctions.end(),
                   [&](const FunctionInfo& candidate) { return candidate.name == name; });
  return found == kFunctions.end() ? nullptr : found;
}

}  // namespace obs::lang
