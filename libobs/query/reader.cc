#include "libobs/query/reader.h"

#include <utility>

#include <fmt/format.h>

#include "libobs/query/attribute_plan.h"
#include "libobs/query/sql_nodes.h"
#include "libobs/query/sql_text.h"
#include "libobs/query/views.h"
#include "libobs/query/watchdog.h"

namespace obs::query {
namespace {

// A stream under a watchdog, with errors in the words of the statement it answers.
class WatchedStream final : public store::RowStream {
 public:
  WatchedStream(std::unique_ptr<Watchdog> watchdog, std::unique_ptr<store::RowStream> stream,
                Duration limit, std::string_view given)
      : watchdog_(std::move(watchdog)), stream_(std::move(stream)), limit_(limit), given_(given) {}

  const std::vector<store::Column>& columns() const override { return stream_->columns(); }

  Result<bool> next(std::span<const model::Value>& row) override {
    auto more = stream_->next(row);
    if (more) return more;
    return fail(explain(more.error(), watchdog_.get(), limit_, given_));
  }

  static Error explain(const Error& error, const Watchdog* watchdog, Duration limit,
                       std::string_view given) {
    if (error.code == Errc::kUnavailable && watchdog != nullptr && watchdog->has_bitten()) {
      return {Errc::kUnavailable,
              fmt::format("the query was stopped after {}: ask for less, or allow it more time",
                          to_duration_text(limit))};
    }
    return explain_sql_error(given, error);
  }

 private:
  std::unique_ptr<Watchdog> watchdog_;
  std::unique_ptr<store::RowStream> stream_;
  Duration limit_;
  std::string given_;
};

// What an expression without columns says as a time.
std::optional<Timestamp> evaluate_time(store::Connection& connection, const SqlNode& expression) {
  const auto text = print_expression(connection, make_cast(expression, "TIMESTAMP_NS"));
  if (!text) return std::nullopt;
  const auto rows = connection.query("SELECT epoch_ns(" + *text + ")");
  std::span<const model::Value> row;
  if (!rows) return std::nullopt;
  const auto more = (*rows)->next(row);
  if (!more || !*more || row[0].kind() != model::ValueKind::kInt) return std::nullopt;
  return row[0].as_int();
}

// Rows of counts are of whole minutes.
void widen_to_minutes(store::ScanFilter& filter) {
  const auto since_minute = [](Timestamp time) { return (time % kMinute + kMinute) % kMinute; };
  if (filter.since) *filter.since -= since_minute(*filter.since);
  if (filter.until) *filter.until += (kMinute - since_minute(*filter.until)) % kMinute;
}

// What a session complains of is about the directory, not about how it was asked for.
Error about_directory(const std::string& dir, const Error& error) {
  if (error.code == Errc::kNotFound) {
    return {Errc::kIo, fmt::format("there is no store at {}: name one with --store dir:PATH, or "
                                   "let obs-ingest or obs-store make it",
                                   dir)};
  }
  return {error.code == Errc::kInvalidArgument ? Errc::kIo : error.code, error.message};
}

}  // namespace

Reader::Reader(const Clock& clock, ReaderOptions options, std::unique_ptr<store::Session> session)
    : clock_(clock), options_(std::move(options)), session_(std::move(session)) {}

Result<std::unique_ptr<Reader>> Reader::open(Fs& fs, const Clock& clock, ReaderOptions options) {
  auto session = store::Session::open(fs, options.dir, options.duckdb);
  if (!session) return fail(about_directory(options.dir, session.error()));
  OBS_TRY_VOID((*session)->lock_down());
  return std::unique_ptr<Reader>(new Reader(clock, std::move(options), std::move(*session)));
}

Result<void> Reader::refresh(const store::SnapshotFilter& filter) {
  OBS_TRY_VOID(session_->refresh(filter));
  narrowed_ = {};
  if (has_views_) return {};
  OBS_TRY_VOID(create_views(session_->connection(), options_.project));
  has_views_ = true;
  return {};
}

Result<std::string> Reader::compile(std::string_view sql) {
  return compile_sql(session_->connection(), sql, clock_.now());
}

Result<Expression> Reader::compile_condition(std::string_view expression) {
  return compile_expression(session_->connection(), expression, clock_.now());
}

// Narrowing is for speed alone: where it fails, everything is read. The tree is what `scan` points
// into.
Result<void> Reader::prepare(const std::string& sql) {
  explanation_.clear();
  for (const View& view : all_views()) {
    bool& narrowed = narrowed_[static_cast<std::size_t>(view.signal)];
    if (narrowed && session_->narrow(view.signal, {})) narrowed = false;
  }
  const auto tree = parse_sql(session_->connection(), sql);
  if (!tree) return {};
  auto scan = find_pruned_scan(
      *tree, [this](const SqlNode& time) { return evaluate_time(session_->connection(), time); });
  OBS_TRY_VOID(make_count_views(sql, scan ? &*scan : nullptr));
  if (scan && !scan->counts) narrow(*scan);
  return {};
}

// Those that the statement may name: the words may also be in a text, which costs time only.
Result<void> Reader::make_count_views(const std::string& sql, const PrunedScan* scan) {
  for (const View& view : count_views()) {
    if (sql.find(view.real_name) == std::string::npos) continue;
    store::ScanFilter filter;
    if (scan != nullptr && scan->counts == view.counts) {
      filter.since = scan->filter.since;
      filter.until = scan->filter.until;
      widen_to_minutes(filter);
    }
    filter.project = options_.project;
    narrowed_[static_cast<std::size_t>(view.signal)] = true;
    OBS_TRY_VOID(session_->make_count_view(*view.counts, filter));
    OBS_TRY_VOID(create_count_view(session_->connection(), view));
    OBS_TRY_VOID(session_->narrow(view.signal, {}));
  }
  return {};
}

void Reader::narrow(PrunedScan& scan) {
  scan.filter.project = options_.project;
  narrowed_[static_cast<std::size_t>(scan.signal)] = true;
  if (scan.newest > 0) seek_newest(scan);
  const auto explained = session_->narrow(scan.signal, scan.filter);
  if (explained) explanation_ = explained->to_text();
}

void Reader::seek_newest(PrunedScan& scan) {
  std::string condition = "project = " + store::to_sql_string(options_.project);
  if (scan.where != nullptr) {
    const auto where = print_expression(session_->connection(), *scan.where);
    if (!where) return;
    condition += " AND (" + *where + ")";
  }
  const auto start = session_->find_newest_start(scan.signal, scan.filter, {}, condition,
                                                 scan.is_whole, scan.newest);
  if (!start || !*start) return;
  auto& since = scan.filter.since;
  if (!since || *since < **start) since = *start;
}

Result<std::unique_ptr<store::RowStream>> Reader::run(const std::string& sql,
                                                      std::string_view given) {
  store::Connection& connection = session_->connection();
  const Duration limit = options_.timeout;
  auto watchdog = limit > 0 ? std::make_unique<Watchdog>(connection, limit) : nullptr;
  OBS_TRY_VOID(prepare(sql));
  // A plan is for speed alone: where there is none, the statement says for itself what is wrong.
  const auto planned = plan_attributes(*session_, options_.project, sql);
  auto stream = connection.query(planned ? *planned : sql);
  if (!stream && planned && *planned != sql && stream.error().code == Errc::kInvalidArgument) {
    stream = connection.query(sql);
  }
  if (!stream) {
    return fail(WatchedStream::explain(stream.error(), watchdog.get(), limit, given));
  }
  return std::make_unique<WatchedStream>(std::move(watchdog), std::move(*stream), limit, given);
}

}  // namespace obs::query
