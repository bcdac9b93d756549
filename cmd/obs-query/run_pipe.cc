// obs-query pipe: a program of the pipeline language over the records of a store.

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "cmd/obs-query/commands.h"
#include "cmd/obs-query/terminal.h"
#include "libobs/app/color.h"
#include "libobs/lang/parser.h"
#include "libobs/places/secret.h"
#include "libobs/query/pipe_answer.h"
#include "libobs/query/pipe_scan.h"
#include "libobs/tui/line_output.h"

namespace obs::ask {
namespace {

// A program that was taken apart to run, and as the scan reads it.
struct Compiled {
  lang::Program program;
  lang::Plan plan;
};

Failure<Error> refuse(const lang::Diagnostic& diagnostic, std::string_view program) {
  return fail(Errc::kInvalidArgument, lang::render(diagnostic, program));
}

Result<Compiled> compile(const std::string& text, Timestamp now, std::string redact_key) {
  auto program = lang::parse(text);
  if (!program) return refuse(program.error(), text);
  if (!program->table) {
    return refuse({{0, std::min<std::size_t>(text.size(), 1)},
                   "a program over a store says what it reads: begin with `logs |`, `spans |` or "
                   "`metrics |`"},
                  text);
  }
  auto again = lang::parse(text);  // The plan owns the first.
  if (!again) return refuse(again.error(), text);
  lang::EngineOptions options;
  options.now = now;
  options.redact_key = std::move(redact_key);
  auto plan = lang::compile(std::move(*program), options);
  if (!plan) return refuse(plan.error(), text);
  return Compiled{std::move(*again), std::move(*plan)};
}

class PipeCommand {
 public:
  PipeCommand(const QueryOptions& options, Interrupts& interrupts)
      : options_(options), answer_(options, interrupts) {}

  Result<int> run() {
    const Timestamp now = system_clock().now();
    OBS_TRY(std::string key, places::resolve_secret(options_.redact_key));
    OBS_TRY(const Compiled compiled, compile(options_.program, now, std::move(key)));
    OBS_TRY(format_, make_format(compiled.plan));
    OBS_TRY(query::RecordFilter asked, make_filter(options_.records, now));
    OBS_TRY_VOID(answer_.open(0));
    OBS_TRY_VOID(refresh(asked));
    limit_ = answer_.limit_or_default(options_.records.limit);
    OBS_TRY(const auto scan, query::PipeScan::open(answer_.reader(), compiled.program,
                                                   *compiled.program.table, asked, now));
    if (options_.explain) explain(*scan, compiled.plan);
    OBS_TRY_VOID(show(compiled.plan, *scan));
    return judge();
  }

 private:
  Result<std::unique_ptr<tui::OutputFormat>> make_format(const lang::Plan& plan) const {
    std::string name = options_.output;
    if (name.empty()) name = answer_.is_terminal() && plan.makes_rows() ? "table" : "ndjson";
    if (name == "chart") {
      return fail(Errc::kInvalidArgument, "-o chart: only sql, logs, spans and metrics draw one");
    }
    if (plan.makes_text() && name != "ndjson") {
      return fail(Errc::kInvalidArgument,
                  "`format` makes lines of text, which -o cannot show as anything else");
    }
    if (plan.makes_text() && !options_.assertion.empty()) {
      return fail(Errc::kInvalidArgument, "--assert: `format` makes lines of text, not columns");
    }
    const std::size_t width = answer_.is_terminal() ? terminal_width() : 0;
    return tui::make_output(name, {width, app::use_color(options_.color)});
  }

  // Bounds that the program itself has, only the scan knows.
  Result<void> refresh(const query::RecordFilter& asked) {
    store::SnapshotFilter snapshot;
    if (asked.since) snapshot.since = *asked.since;
    if (asked.until) snapshot.until = *asked.until;
    return answer_.reader().refresh(snapshot);
  }

  void explain(const query::PipeScan& scan, const lang::Plan& plan) {
    fmt::print(stderr, "{}{}", scan.explain(), plan.explain());
  }

  Result<void> show(const lang::Plan& plan, query::PipeScan& scan) {
    lang::PumpOptions pump;
    pump.threads = std::max(1U, std::thread::hardware_concurrency());
    pump.write = [&](std::string_view lines) { return write(lines, scan); };
    OBS_TRY(const lang::Counters counters, lang::pump(plan, scan, pump));
    if (options_.explain && !answer_.reader().explanation().empty()) {
      fmt::print(stderr, "obs-query: {}\n", answer_.reader().explanation());
    }
    if (format_) format_->finish(text_);
    OBS_TRY_VOID(print());
    OBS_TRY_VOID(answer_.out().flush());
    if (was_cut_) {
      fmt::print(stderr, "obs-query: only the first {} lines are shown; --limit 0 shows all\n",
                 limit_);
    }
    if (counters.errors == 0) return {};
    fmt::print(stderr, "obs-query: a stage failed on {} records; _error says why where it is set\n",
               counters.errors);
    return {};
  }

  // Takes whole lines; more than the limit end the scan.
  Result<void> write(std::string_view lines, query::PipeScan& scan) {
    std::size_t end = 0;
    while (end < lines.size() && (limit_ == 0 || count_ < limit_)) {
      end = std::min(lines.find('\n', end), lines.size() - 1) + 1;
      ++count_;
    }
    if (end < lines.size()) {
      was_cut_ = true;
      scan.stop();
    }
    lines = lines.substr(0, end);
    if (!options_.assertion.empty()) OBS_TRY_VOID(judged_.add(lines));
    if (format_) {
      format_->add(lines, text_);
    } else {
      text_ += lines;
    }
    return print();
  }

  Result<void> print() {
    if (!options_.quiet && !text_.empty()) OBS_TRY_VOID(answer_.out().write(text_));
    text_.clear();
    return {};
  }

  Result<int> judge() {
    if (options_.assertion.empty()) return answer_.judge({}, count_);
    auto names = answer_.reader().compile_condition(options_.assertion);
    if (!names) return fail(std::move(names).error().during("--assert"));
    return answer_.judge(judged_.to_sql(names->names), count_);
  }

  const QueryOptions& options_;
  Answer answer_;
  std::unique_ptr<tui::OutputFormat> format_;  // Null: lines as they are.
  std::string text_;
  std::uint64_t limit_ = 0;
  std::uint64_t count_ = 0;
  bool was_cut_ = false;
  query::PipeAnswer judged_;
};

}  // namespace

Result<int> run_pipe(const QueryOptions& options, Interrupts& interrupts) {
  return PipeCommand(options, interrupts).run();
}

}  // namespace obs::ask
