// The function library of the pipeline language, as a table: what a program may call and with how
// many arguments.
//
// Evaluation is in eval_functions.cc; the manual's section FUNCTIONS is held to this table by a
// test.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace obs::lang {

enum class Function : std::uint8_t {
  // Any value.
  kIf,
  kCoalesce,
  kType,
  kToInt,
  kToDouble,
  kToString,
  kHash,
  // Text.
  kLower,
  kUpper,
  kTrim,
  kLength,
  kSubstring,
  kReplace,
  kConcat,
  kSplit,
  kExtract,
  kReplaceRegex,
  // Numbers.
  kAbs,
  kFloor,
  kCeil,
  kRound,
  kSqrt,
  kLog,
  kLog10,
  kExp,
  kPow,
  kLeast,
  kGreatest,
  kBucket,
  kHumanize,
  // Time.
  kNow,
  kFormatTime,
  kParseTime,
  // Network.
  kCidrMatch,
  kUrlScheme,
  kUrlHost,
  kUrlPath,
  kUrlParameter,
  // JSON.
  kJsonPath,
};

struct FunctionInfo {
  Function function;
  std::string_view name;  // As called: "lower".
  std::uint8_t min_arguments;
  std::uint8_t max_arguments;  // kAnyNumber: no bound.
  std::string_view signature;  // For messages and the manual: "lower(text)".
  std::string_view summary;    // One line, no full stop.
};

inline constexpr std::uint8_t kAnyNumber = 255;

std::span<const FunctionInfo> functions();
const FunctionInfo& info(Function function);
const FunctionInfo* find_function(std::string_view name);  // nullptr when there is none.

}  // namespace obs::lang
