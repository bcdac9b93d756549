// What the sub-commands of obs-query share: the store they ask, and how an answer is shown.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cmd/obs-query/options.h"
#include "libobs/app/interrupts.h"
#include "libobs/app/stdout.h"
#include "libobs/query/reader.h"
#include "libobs/query/row_sink.h"
#include "libobs/tui/row_renderer.h"

namespace obs::ask {

using app::Interrupts;

// Rows on a terminal unless more are asked for.
inline constexpr std::uint64_t kTerminalRows = 1000;

class Answer {
 public:
  Answer(const QueryOptions& options, Interrupts& interrupts);
  ~Answer();

  // Opens the store. `timeout` is for when the options name none.
  Result<void> open(Duration timeout);
  query::Reader& reader() { return *reader_; }

  tui::Format format() const { return format_; }
  bool is_terminal() const { return terminal_; }
  tui::RenderOptions render_options() const;
  app::Stdout& out() { return out_; }

  // `limit` if it was given, else what a terminal bears.
  std::uint64_t limit_or_default(const std::optional<std::uint64_t>& limit) const;

  // Runs a query and shows its rows, at most `limit` (0: all), with a word on stderr when there
  // were more; how many. `given` is what the user wrote.
  Result<std::uint64_t> show(const std::string& sql, std::string_view given,
                             std::unique_ptr<tui::RowRenderer> renderer, std::uint64_t limit = 0);
  // Likewise of several queries with the same columns, one after the other, without a limit.
  Result<std::uint64_t> show_all(const std::vector<std::string>& queries, std::string_view given,
                                 std::unique_ptr<tui::RowRenderer> renderer);

  // The exit code of an answer of so many rows: judges --exit-status, and --assert over `sql`, a
  // query with the columns users see.
  Result<int> judge(const std::string& sql, std::uint64_t rows);

 private:
  void explain() const;
  Result<int> judge_assertion(const std::string& sql);
  // Names what is damaged, if that is why it failed: kMalformed.
  template <class T>
  Result<T> blame(Result<T> result);

  const QueryOptions& options_;
  Interrupts& interrupts_;
  app::Stdout out_;
  bool terminal_;
  tui::Format format_;
  std::unique_ptr<query::Reader> reader_;
};

// Shows rows as they come.
class ShownRows final : public query::RowSink {
 public:
  ShownRows(app::Stdout& out, std::unique_ptr<tui::RowRenderer> renderer, bool quiet)
      : out_(out), renderer_(std::move(renderer)), quiet_(quiet) {}

  Result<void> begin(const std::vector<store::Column>& columns);
  Result<void> add(std::span<const model::Value> row) override;
  // Writes what there is so far.
  Result<void> flush();
  Result<void> finish();

 private:
  Result<void> write();

  app::Stdout& out_;
  std::unique_ptr<tui::RowRenderer> renderer_;
  bool quiet_;
  std::string text_;
};

}  // namespace obs::ask
