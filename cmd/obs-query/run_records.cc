// obs-query logs, spans and metrics: records as they are, once or for as long as they come.

#include <chrono>
#include <thread>

#include <unistd.h>

#include <fmt/format.h>

#include "cmd/obs-query/commands.h"
#include "cmd/obs-query/terminal.h"
#include "libobs/query/follow.h"
#include "libobs/query/record_windows.h"

namespace obs::ask {
namespace {

using query::RecordColumns;
using query::RecordFilter;
using query::RecordOrder;

// Acknowledged to seen within a second, at a cost of a hundredth of a core.
constexpr auto kPollInterval = std::chrono::milliseconds(300);
constexpr std::uint64_t kFollowBacklog = 10;

class RecordCommand {
 public:
  RecordCommand(const QueryOptions& options, model::Signal signal, Interrupts& interrupts)
      : options_(options), signal_(signal), interrupts_(interrupts), answer_(options, interrupts) {}

  Result<int> run() {
    OBS_TRY_VOID(check());
    OBS_TRY_VOID(answer_.open(0));
    OBS_TRY_VOID(make_filter());
    return options_.records.follow ? follow() : show();
  }

 private:
  Result<void> check() const {
    if (!options_.records.follow) return {};
    if (!options_.assertion.empty() || options_.exit_status) {
      return fail(Errc::kInvalidArgument,
                  "--follow never ends, so there is nothing to judge: leave out --assert and "
                  "--exit-status");
    }
    if (!options_.records.until.empty()) {
      return fail(Errc::kInvalidArgument, "--follow has no end: leave out --until");
    }
    const tui::Format format = answer_.format();
    if (format != tui::Format::kJson && format != tui::Format::kChart) return {};
    return fail(Errc::kInvalidArgument, "--follow prints table, ndjson, csv or markdown");
  }

  // A condition is checked against a snapshot's columns, so there has to be one.
  Result<void> make_filter() {
    OBS_TRY(filter_, ask::make_filter(options_.records, system_clock().now()));
    filter_.newest = limit();
    store::SnapshotFilter snapshot;
    if (filter_.since) snapshot.since = *filter_.since;
    if (filter_.until) snapshot.until = *filter_.until;
    OBS_TRY_VOID(answer_.reader().refresh(snapshot));
    if (options_.records.where.empty()) return {};
    auto condition = answer_.reader().compile_condition(options_.records.where);
    if (!condition) return fail(std::move(condition).error().during("--where"));
    filter_.condition = condition->sql;
    return {};
  }

  std::uint64_t limit() const {
    const RecordOptions& records = options_.records;
    if (records.follow) return records.limit.value_or(records.since.empty() ? kFollowBacklog : 0);
    return answer_.limit_or_default(records.limit);
  }

  bool as_lines() const {
    return answer_.format() == tui::Format::kNdjson || answer_.format() == tui::Format::kJson;
  }

  RecordColumns columns() const {
    return as_lines() ? RecordColumns::kLine : RecordColumns::kShown;
  }

  std::unique_ptr<tui::RowRenderer> make_renderer() const {
    if (as_lines()) {
      return tui::make_record_renderer(signal_, answer_.format() == tui::Format::kJson);
    }
    const tui::RenderOptions render = answer_.render_options();
    const bool for_people = answer_.is_terminal() && options_.output.empty();
    if (signal_ == model::Signal::kLogs && for_people) return tui::make_log_renderer(render);
    return tui::make_renderer(answer_.format(), render);
  }

  std::string select(const RecordFilter& filter, RecordColumns columns, RecordOrder order) {
    return query::select_records(signal_, filter, columns, order, answer_.reader().project());
  }

  Result<int> show() {
    OBS_TRY(const auto windows, query::cut_into_windows(answer_.reader(), signal_, filter_));
    std::vector<std::string> queries;
    queries.reserve(windows.size());
    for (const RecordFilter& window : windows) {
      queries.push_back(select(window, columns(), RecordOrder::kTime));
    }
    OBS_TRY(const std::uint64_t rows,
            answer_.show_all(queries, options_.records.where, make_renderer()));
    if (rows == filter_.newest && rows > 0 && !options_.records.limit) {
      fmt::print(stderr, "obs-query: the newest {} are shown; --limit 0 shows all\n", rows);
    }
    return answer_.judge(select(filter_, RecordColumns::kShown, RecordOrder::kTime), rows);
  }

  Result<int> follow() {
    query::Reader& reader = answer_.reader();
    ShownRows shown(answer_.out(), make_renderer(), options_.quiet);
    const std::uint64_t last = reader.last_seq();
    {
      OBS_TRY(const auto rows, reader.run(select(filter_, columns(), RecordOrder::kArrival),
                                          options_.records.where));
      OBS_TRY_VOID(shown.begin(rows->columns()));
      OBS_TRY_VOID(query::drain(*rows, shown));
    }
    OBS_TRY_VOID(shown.flush());
    query::Follower follower(reader, signal_, filter_, columns(), last);
    while (!interrupts_.requested() && !has_lost_reader(STDOUT_FILENO)) {
      std::this_thread::sleep_for(kPollInterval);
      OBS_TRY(const std::uint64_t rows, follower.poll(shown));
      if (rows > 0) OBS_TRY_VOID(shown.flush());
    }
    return app::kExitDone;
  }

  const QueryOptions& options_;
  model::Signal signal_;
  Interrupts& interrupts_;
  Answer answer_;
  RecordFilter filter_;
};

}  // namespace

Result<int> run_records(const QueryOptions& options, model::Signal signal, Interrupts& interrupts) {
  return RecordCommand(options, signal, interrupts).run();
}

}  // namespace obs::ask
