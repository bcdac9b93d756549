#include "cmd/obs-store/report.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "libobs/app/stdout.h"
#include "libobs/tui/row_renderer.h"

namespace obs::store_command {
namespace {

// Often enough to look alive.
constexpr Duration kRefresh = 100 * kMillisecond;

}  // namespace

Result<void> print_rows(const std::string& format, const std::vector<store::Column>& columns,
                        const std::vector<std::vector<model::Value>>& rows) {
  app::Stdout out;
  const tui::Format fallback = out.is_terminal() ? tui::Format::kTable : tui::Format::kNdjson;
  const auto renderer =
      tui::make_renderer(tui::parse_format(format).value_or(fallback), tui::RenderOptions{});
  std::string text;
  OBS_TRY_VOID(renderer->begin(columns, text));
  for (const auto& row : rows) renderer->add(row, text);
  renderer->finish(text);
  OBS_TRY_VOID(out.write(text));
  return out.flush();
}

Result<void> print_counts(const std::string& format, const store::CareCounts& counts) {
  std::vector<store::Column> columns;
  std::vector<model::Value> row;
  for (const auto& [name, count] : counts) {
    columns.push_back({name, store::ColumnType::kInt});
    row.push_back(model::Value::integer(static_cast<std::int64_t>(count)));
  }
  return print_rows(format, columns, {row});
}

ProgressLine::ProgressLine(std::string verb)
    : verb_(std::move(verb)), terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
}

void ProgressLine::tell(const store::CareProgress& progress) {
  const Duration now = system_clock().monotonic();
  if (!terminal_ || (shown_ && now - last_ < kRefresh)) return;
  last_ = now;
  shown_ = true;
  fmt::print(stderr, "\r\x1b[K{}: {} of {} {}", verb_, progress.done, progress.total,
             progress.what);
  std::fflush(stderr);
}

}  // namespace obs::store_command
