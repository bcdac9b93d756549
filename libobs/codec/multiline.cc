#include "libobs/codec/multiline.h"

#include <algorithm>

#include "libobs/base/text.h"

namespace obs::codec {
namespace {

constexpr std::string_view kPythonTrace = "Traceback (most recent call last):";

// What stands at the start of lines that go on with a trace, behind its indentation or without.
constexpr std::string_view kContinuations[] = {"Caused by: ",
                                               "Suppressed: ",
                                               "at ",
                                               "... ",
                                               "--- End of inner exception",
                                               "--- End of stack trace",
                                               "[CIRCULAR REFERENCE",
                                               "[Previous exception",
                                               "stack backtrace:",
                                               "Stack trace:",
                                               "Next "};

// What stands between the exceptions of a Python chain.
constexpr std::string_view kPythonLinks[] = {"During handling of the above exception",
                                             "The above exception was the direct cause"};

template <std::size_t N>
bool starts_with_any(std::string_view line, const std::string_view (&starts)[N]) {
  return std::any_of(std::begin(starts), std::end(starts),
                     [&](std::string_view start) { return line.starts_with(start); });
}

bool is_indented(std::string_view line) { return line.starts_with(' ') || line.starts_with('\t'); }

// "#0 /srv/a.php(3): f()", as PHP numbers frames.
bool is_numbered_frame(std::string_view line) {
  return line.size() > 2 && line[0] == '#' && line[1] >= '0' && line[1] <= '9';
}

// "goroutine 1 [running]:"
bool is_goroutine(std::string_view line) {
  return line.starts_with("goroutine ") && line.ends_with(":");
}

bool is_go_frame(std::string_view line) {
  return line.starts_with("created by ") || line.starts_with("[signal ") ||
         line.starts_with("exit status ") || line.ends_with(")");
}

}  // namespace

Result<MultilineRule> MultilineRule::parse(std::string_view text) {
  MultilineRule rule;
  rule.is_auto_ = text == "auto";
  if (rule.is_auto_) return rule;
  auto pattern = Regex::compile(text);
  if (!pattern) return fail(std::move(pattern).error().during("--multiline"));
  rule.pattern_ = std::make_shared<const Regex>(std::move(*pattern));
  return rule;
}

bool LineJoiner::continues(std::string_view line) {
  if (rule_.pattern_ != nullptr) {
    const bool first = std::exchange(state_, State::kPlain) == State::kStart;
    return !first && !rule_.pattern_->search(line);
  }
  return rule_.is_auto_ && continues_trace(line);
}

bool LineJoiner::continues_trace(std::string_view line) {
  const State before = std::exchange(state_, State::kPlain);
  // A record of JSON is whole, however its text looks.
  if (line.starts_with('{')) return false;
  if (line.starts_with(kPythonTrace)) {
    state_ = State::kPython;
    return before != State::kStart;
  }
  if (before == State::kStart) return false;
  if (is_goroutine(line)) {
    state_ = State::kGo;
    return true;
  }
  if (before == State::kGo && (line.empty() || is_indented(line) || is_go_frame(line))) {
    state_ = State::kGo;
    return true;
  }
  if (before == State::kPython || before == State::kPythonFrame) {
    // The exception itself stands behind the frames, and is not indented.
    state_ = is_indented(line) ? State::kPythonFrame : State::kPlain;
    return true;
  }
  if (is_indented(line)) return !trim(line).empty();
  return starts_with_any(line, kContinuations) || starts_with_any(line, kPythonLinks) ||
         is_numbered_frame(line);
}

}  // namespace obs::codec
