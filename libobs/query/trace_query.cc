#include "libobs/query/trace_query.h"

#include <algorithm>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/query/views.h"

namespace obs::query {
namespace {

constexpr std::size_t kTraceIdDigits = 32;
// Shorter ones are of many traces in any store that is worth asking.
constexpr std::size_t kMinPrefixDigits = 4;
constexpr std::size_t kTracesToName = 3;

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string text_of(const model::Value& value) {
  return value.is_string() ? std::string(value.as_string()) : std::string();
}

Result<std::string> choose(std::string_view prefix, const std::vector<std::string>& found) {
  if (found.empty()) return fail(Errc::kNotFound, fmt::format("no span of a trace {}", prefix));
  if (found.size() == 1) return found[0];
  return fail(Errc::kInvalidArgument,
              fmt::format("several traces begin with {}: {} and {}{}", prefix, found[0], found[1],
                          found.size() > 2 ? " and others" : ""));
}

}  // namespace

Result<std::string> find_trace_id(Reader& reader, std::string_view given) {
  const std::string prefix = to_lower(given);
  if (!is_hex(prefix) || prefix.size() < kMinPrefixDigits || prefix.size() > kTraceIdDigits) {
    return fail(Errc::kInvalidArgument, fmt::format("{} is no trace id: it has {} to {} hex digits",
                                                    given, kMinPrefixDigits, kTraceIdDigits));
  }
  const bool whole = prefix.size() == kTraceIdDigits;
  const std::string sql =
      fmt::format("SELECT DISTINCT trace_id FROM {} WHERE {} ORDER BY 1 LIMIT {}",
                  full_name(view_of(model::Signal::kSpans)),
                  // Not LIKE: a range is compared while parts are read. 'g' is beyond any digit.
                  whole ? fmt::format("trace_id = '{}'", prefix)
                        : fmt::format("trace_id >= '{0}' AND trace_id < '{0}g'", prefix),
                  kTracesToName);
  OBS_TRY(const auto rows, reader.run(sql, {}));
  std::vector<std::string> found;
  while (true) {
    std::span<const model::Value> row;
    OBS_TRY(const bool more, rows->next(row));
    if (!more) return choose(prefix, found);
    found.push_back(text_of(row[0]));
  }
}

Result<std::vector<TraceSpan>> fetch_trace(Reader& reader, std::string_view trace_id) {
  const std::string sql = fmt::format(
      "SELECT time, duration_ns, service, name, kind, status, status_message, span_id, "
      "parent_span_id FROM {} WHERE trace_id = {}",
      full_name(view_of(model::Signal::kSpans)), store::to_sql_string(trace_id));
  OBS_TRY(const auto rows, reader.run(sql, {}));
  std::vector<TraceSpan> spans;
  while (true) {
    std::span<const model::Value> row;
    OBS_TRY(const bool more, rows->next(row));
    if (!more) return spans;
    TraceSpan span;
    span.start = row[0].as_int();
    span.duration = row[1].as_int();
    span.service = text_of(row[2]);
    span.name = text_of(row[3]);
    span.kind = text_of(row[4]);
    span.is_error = text_of(row[5]) == "error";
    span.status_message = text_of(row[6]);
    span.span_id = text_of(row[7]);
    span.parent_span_id = text_of(row[8]);
    spans.push_back(std::move(span));
  }
}

}  // namespace obs::query
