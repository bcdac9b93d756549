#include "cmd/obs-query/answer.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "cmd/obs-query/terminal.h"
#include "libobs/app/color.h"
#include "libobs/base/fs.h"
#include "libobs/query/assertion.h"

namespace obs::ask {
namespace {

tui::Format choose_format(const std::string& name, bool terminal) {
  const tui::Format fallback = terminal ? tui::Format::kTable : tui::Format::kNdjson;
  return tui::parse_format(name).value_or(fallback);
}

// Where DuckDB puts what does not fit into memory; it makes the directory when it needs it.
std::string spill_directory() {
  const char* tmp = std::getenv("TMPDIR");
  return join_path(tmp == nullptr || *tmp == 0 ? "/tmp" : tmp,
                   fmt::format("obs-query-{}", ::getpid()));
}

void say(std::string_view message) { fmt::print(stderr, "obs-query: {}\n", message); }

// One row, as a line of JSON.
std::string to_line(const std::vector<store::Column>& columns, std::span<const model::Value> row) {
  std::string line;
  const auto renderer = tui::make_ndjson_renderer();
  if (auto begun = renderer->begin(columns, line); !begun) return {};
  renderer->add(row, line);
  line.pop_back();
  return line;
}

// Reading every part takes a while: not for a statement that is only wrong. DuckDB names the file
// it failed to read, or says something of what it found there.
bool may_be_damage(const Error& error) {
  if (error.code == Errc::kUnavailable || error.code == Errc::kLimitExceeded) return false;
  constexpr std::string_view kTraces[] = {".parquet", "Parquet",    "corrupt", "TProtocolException",
                                          "ZSTD",     "decompress", "buffer"};
  const auto has = [&](std::string_view trace) {
    return error.message.find(trace) != std::string::npos;
  };
  return error.code != Errc::kInvalidArgument ||
         std::any_of(std::begin(kTraces), std::end(kTraces), has);
}

// Of a row of select_violation(): `columns`, its number and how many there are.
std::string describe_violation(const std::vector<store::Column>& columns,
                               std::span<const model::Value> row) {
  const model::Value& number = row[columns.size()];
  if (number.kind() == model::ValueKind::kEmpty) return "there are no rows";
  return fmt::format("row {} of {}: {}", number.as_int(), row[columns.size() + 1].as_int(),
                     to_line(columns, row.first(columns.size())));
}

}  // namespace

Answer::Answer(const QueryOptions& options, Interrupts& interrupts)
    : options_(options),
      interrupts_(interrupts),
      terminal_(out_.is_terminal()),
      format_(choose_format(options.output, terminal_)) {}

Answer::~Answer() { interrupts_.on_interrupt({}); }

Result<void> Answer::open(Duration timeout) {
  query::ReaderOptions reader;
  OBS_TRY(reader.dir, parse_store(options_.store));
  OBS_TRY(const auto given, parse_duration_option("--timeout", options_.timeout));
  reader.timeout = given.value_or(timeout);
  reader.project = options_.project;
  reader.duckdb.temp_directory = spill_directory();
  OBS_TRY(reader_, query::Reader::open(system_fs(), system_clock(), std::move(reader)));
  interrupts_.on_interrupt([this] { reader_->interrupt(); });
  return {};
}

tui::RenderOptions Answer::render_options() const {
  return {terminal_width(), app::use_color(options_.color)};
}

std::uint64_t Answer::limit_or_default(const std::optional<std::uint64_t>& limit) const {
  return limit.value_or(terminal_ ? kTerminalRows : 0);
}

Result<std::uint64_t> Answer::show(const std::string& sql, std::string_view given,
                                   std::unique_ptr<tui::RowRenderer> renderer,
                                   std::uint64_t limit) {
  OBS_TRY(const auto rows, blame(reader_->run(sql, given)));
  explain();
  ShownRows shown(out_, std::move(renderer), options_.quiet);
  OBS_TRY_VOID(shown.begin(rows->columns()));
  OBS_TRY(const std::uint64_t count, blame(query::drain(*rows, shown, limit)));
  OBS_TRY_VOID(shown.finish());
  if (limit == 0 || count < limit) return count;
  std::span<const model::Value> row;
  OBS_TRY(const bool more, rows->next(row));
  if (more) say(fmt::format("only the first {} rows are shown; --limit 0 shows all", limit));
  return count;
}

Result<std::uint64_t> Answer::show_all(const std::vector<std::string>& queries,
                                       std::string_view given,
                                       std::unique_ptr<tui::RowRenderer> renderer) {
  ShownRows shown(out_, std::move(renderer), options_.quiet);
  std::uint64_t count = 0;
  for (const std::string& sql : queries) {
    OBS_TRY(const auto rows, reader_->run(sql, given));
    explain();
    if (&sql == &queries.front()) OBS_TRY_VOID(shown.begin(rows->columns()));
    OBS_TRY(const std::uint64_t some, query::drain(*rows, shown));
    count += some;
  }
  OBS_TRY_VOID(shown.finish());
  return count;
}

void Answer::explain() const {
  if (!options_.explain) return;
  const std::string& pruned = reader_->explanation();
  say(pruned.empty() ? "reads all parts: nothing in the query can be looked up" : pruned);
}

Result<int> Answer::judge(const std::string& sql, std::uint64_t rows) {
  if (!options_.assertion.empty()) {
    OBS_TRY(const int code, judge_assertion(sql));
    if (code != app::kExitDone) return code;
  }
  if (options_.exit_status && rows == 0) return app::kExitNo;
  for (const std::string& sentence : reader_->damage()) say(sentence);
  return reader_->damage().empty() ? app::kExitDone : app::kExitBadData;
}

// A query that failed while it read may have met damage that nobody knew of. Rows may have been
// shown already, so it is not run again; the next one goes on without what is found now.
template <class T>
Result<T> Answer::blame(Result<T> result) {
  if (result || !may_be_damage(result.error())) return result;
  const auto found = reader_->find_damage();
  if (found.empty()) return result;
  std::string sentences;
  for (const std::string& sentence : found) sentences += sentence + "; ";
  return fail(Errc::kMalformed, sentences + "ask again with a time range that leaves it out");
}

Result<int> Answer::judge_assertion(const std::string& sql) {
  const std::string& given = options_.assertion;
  auto expression = reader_->compile_condition(given);
  if (!expression) return fail(std::move(expression).error().during("--assert"));
  auto rows = reader_->run(query::select_violation(sql, *expression), given);
  if (!rows) return fail(std::move(rows).error().during("--assert"));
  std::span<const model::Value> row;
  OBS_TRY(const bool violated, (*rows)->next(row));
  if (!violated) return app::kExitDone;
  const auto& columns = (*rows)->columns();
  say(fmt::format("assertion failed: {}: {}", given,
                  describe_violation({columns.begin(), columns.end() - 2}, row)));
  return app::kExitNo;
}

Result<void> ShownRows::begin(const std::vector<store::Column>& columns) {
  OBS_TRY_VOID(renderer_->begin(columns, text_));
  return write();
}

Result<void> ShownRows::add(std::span<const model::Value> row) {
  renderer_->add(row, text_);
  return write();
}

Result<void> ShownRows::flush() {
  renderer_->flush(text_);
  OBS_TRY_VOID(write());
  return out_.flush();
}

Result<void> ShownRows::finish() {
  renderer_->finish(text_);
  OBS_TRY_VOID(write());
  return out_.flush();
}

Result<void> ShownRows::write() {
  if (quiet_) text_.clear();
  if (text_.empty()) return {};
  OBS_TRY_VOID(out_.write(text_));
  text_.clear();
  return {};
}

}  // namespace obs::ask
