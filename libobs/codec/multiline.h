// Which lines of a log belong to the record before them.
//
// Pure, one object a stream of lines.

#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "libobs/base/regex.h"
#include "libobs/base/result.h"

namespace obs::codec {

// What `--multiline` says: nothing, "auto", or the pattern of a record's first line.
class MultilineRule {
 public:
  // Every line is a record.
  MultilineRule() = default;
  // "auto" is stack traces: of Java and its like, Python, Go, Node.js, .NET, Ruby, Rust and PHP.
  // Anything else is a regular expression that is searched for in each line: one that has it begins
  // a record. kInvalidArgument says what is wrong with it.
  static Result<MultilineRule> parse(std::string_view text);

  bool joins() const { return is_auto_ || pattern_ != nullptr; }

 private:
  friend class LineJoiner;
  bool is_auto_ = false;
  std::shared_ptr<const Regex> pattern_;
};

class LineJoiner {
 public:
  explicit LineJoiner(MultilineRule rule = {}) : rule_(std::move(rule)) {}

  // Whether `line` belongs to the record of the line before it. Call it for each line, in order.
  bool continues(std::string_view line);
  // The next line begins a record, whatever it is.
  void reset() { state_ = State::kStart; }

 private:
  // Where in a trace the last line stood.
  enum class State { kStart, kPlain, kPython, kPythonFrame, kGo };

  bool continues_trace(std::string_view line);

  MultilineRule rule_;
  State state_ = State::kStart;
};

}  // namespace obs::codec
