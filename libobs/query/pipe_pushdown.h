// Which part of a program a store can do: the conditions of its leading `where` stages, as a filter
// of records. Pure.
//
// The program checks every record again, so a filter may let through more than the conditions do,
// and never less. Of conditions joined by `and` it takes comparisons of time with what stands
// there, of service, name, kind, status, trace_id and span_id with text, of severity with a word,
// of a duration with a duration, `has` and `contains` of a body or name, and equality of an
// attribute with text. Everything else is left to the program.

#pragma once

#include <string>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/lang/ast.h"
#include "libobs/query/record_filter.h"

namespace obs::query {

// More conditions than that are left to the program.
inline constexpr std::size_t kMaxPushedConditions = 64;

// Whether there may be logs whose body is no text: their column spells it otherwise.
enum class Bodies : std::uint8_t { kText, kAny };

struct Pushdown {
  RecordFilter filter;
  // The same, but of times alone.
  RecordFilter times;
  // In SQL: of a record for which one holds, the filter may say no where the program says yes. So
  // the filter is for when none of them holds for any record of `times`.
  std::vector<std::string> doubts;
  std::vector<std::string> taken;  // The conditions, as written.
  bool reads_text = false;         // Of bodies; see Bodies.
};

// In SQL: the body of a log is no text.
inline constexpr std::string_view kBodyIsJson =
    "extra IS NOT NULL AND contains(extra, 'body_json')";

// `base` is what is asked for anyway, `now` what now() means. With bodies of any kind the filter
// leaves those that are no text to the program, and no index is asked for their words.
Pushdown push_down(const lang::Program& program, model::Signal signal, RecordFilter base,
                   Timestamp now, Bodies bodies = Bodies::kText);

}  // namespace obs::query
