// obs-query trace, services, operations and edges.

#include <limits>

#include <fmt/format.h>

#include "cmd/obs-query/commands.h"
#include "libobs/query/services.h"
#include "libobs/query/trace_query.h"
#include "libobs/tui/waterfall.h"

namespace obs::ask {
namespace {

using query::RecordColumns;
using query::RecordOrder;

Result<std::uint64_t> draw(const QueryOptions& options, Answer& answer,
                           const std::string& trace_id) {
  OBS_TRY(std::vector<query::TraceSpan> spans, query::fetch_trace(answer.reader(), trace_id));
  const std::uint64_t count = spans.size();
  if (count == 0 || options.quiet) return count;
  const tui::RenderOptions render = answer.render_options();
  tui::WaterfallOptions waterfall;
  waterfall.color = render.color;
  if (render.width > 0) waterfall.width = render.width;
  if (options.all_spans) waterfall.max_rows = std::numeric_limits<std::size_t>::max();
  const auto tree = query::build_trace_tree(std::move(spans));
  OBS_TRY_VOID(answer.out().write(tui::draw_waterfall(trace_id, tree, waterfall)));
  OBS_TRY_VOID(answer.out().flush());
  return count;
}

Result<std::uint64_t> show(Answer& answer, const query::RecordFilter& filter) {
  const bool as_array = answer.format() == tui::Format::kJson;
  const bool as_lines = as_array || answer.format() == tui::Format::kNdjson;
  const std::string sql = query::select_records(
      model::Signal::kSpans, filter, as_lines ? RecordColumns::kLine : RecordColumns::kShown,
      RecordOrder::kTime, answer.reader().project());
  return answer.show(sql, {},
                     as_lines ? tui::make_record_renderer(model::Signal::kSpans, as_array)
                              : tui::make_renderer(answer.format(), answer.render_options()));
}

std::string summarize(std::string_view command, std::optional<Timestamp> since,
                      std::optional<Timestamp> until) {
  if (command == "operations") return query::select_operations(since, until);
  if (command == "edges") return query::select_edges(since, until);
  return query::select_services(since, until);
}

}  // namespace

Result<int> run_trace(const QueryOptions& options, Interrupts& interrupts) {
  Answer answer(options, interrupts);
  OBS_TRY_VOID(answer.open(0));
  OBS_TRY_VOID(answer.reader().refresh());
  auto trace_id = query::find_trace_id(answer.reader(), options.trace_id);
  if (!trace_id && trace_id.error().code == Errc::kNotFound) {
    fmt::print(stderr, "obs-query: {}\n", trace_id.error().message);
    return app::kExitNo;
  }
  if (!trace_id) return fail(std::move(trace_id).error());
  query::RecordFilter filter;
  filter.trace_id = *trace_id;
  OBS_TRY(const std::uint64_t rows, answer.format() == tui::Format::kTable
                                        ? draw(options, answer, *trace_id)
                                        : show(answer, filter));
  return answer.judge(query::select_records(model::Signal::kSpans, filter, RecordColumns::kShown,
                                            RecordOrder::kTime, answer.reader().project()),
                      rows);
}

Result<int> run_summary(const QueryOptions& options, Interrupts& interrupts) {
  const Timestamp now = system_clock().now();
  OBS_TRY(const auto since, parse_time_option("--since", options.summary_since, now));
  OBS_TRY(const auto until, parse_time_option("--until", options.summary_until, now));
  Answer answer(options, interrupts);
  OBS_TRY_VOID(answer.open(0));
  store::SnapshotFilter snapshot;
  if (since) snapshot.since = *since;
  if (until) snapshot.until = *until;
  OBS_TRY_VOID(answer.reader().refresh(snapshot));
  const std::string sql = summarize(options.command, since, until);
  OBS_TRY(const std::uint64_t rows,
          answer.show(sql, {}, tui::make_renderer(answer.format(), answer.render_options())));
  return answer.judge(sql, rows);
}

}  // namespace obs::ask
