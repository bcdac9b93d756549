// obs-pipe(1): filter, reshape and aggregate a stream of ndjson with the pipeline language.

#include <unistd.h>

#include <thread>

#include <fmt/format.h>

#include "cmd/obs-pipe/branches.h"
#include "cmd/obs-pipe/input.h"
#include "cmd/obs-pipe/job.h"
#include "cmd/obs-pipe/line_formats.h"
#include "cmd/obs-pipe/live_table.h"
#include "cmd/obs-pipe/options.h"
#include "cmd/obs-pipe/test_run.h"
#include "cmd/obs-pipe/verify.h"
#include "libobs/app/color.h"
#include "libobs/app/interrupts.h"
#include "libobs/app/stdout.h"
#include "libobs/lang/local_time.h"
#include "libobs/places/output.h"

namespace obs::pipe {
namespace {

// How long Ctrl-C may take to end what writes to stdout alone.
constexpr Duration kPatience = 2 * kSecond;

void report_redacted(const lang::Counters& counters) {
  std::string kinds;
  for (std::size_t i = 0; i < counters.redacted.size(); ++i) {
    if (counters.redacted[i] == 0) continue;
    kinds += fmt::format("{} {} {}", kinds.empty() ? "" : ",",
                         to_string(static_cast<lang::Secret>(i)), counters.redacted[i]);
  }
  if (!kinds.empty()) fmt::print(stderr, "obs-pipe: redacted{}\n", kinds);
}

struct InvalidNames {
  std::string_view one;
  std::string_view many;
};

InvalidNames names_of_invalid(std::string_view format) {
  if (format == "csv") {
    return {"row that does not fit its header was left out",
            "rows that do not fit their header were left out"};
  }
  if (format == "logfmt") {
    return {"line that is no logfmt was left out", "lines that are no logfmt were left out"};
  }
  return {"line that is no JSON was left out", "lines that are no JSON were left out"};
}

void report_count(std::uint64_t count, std::string_view one, std::string_view many) {
  if (count != 0) fmt::print(stderr, "obs-pipe: {} {}\n", count, count == 1 ? one : many);
}

void report(const lang::Counters& counters, const PipeOptions& options) {
  if (options.verbose) {
    fmt::print(stderr,
               "obs-pipe: received {}, created {}, sent {}, filtered {}, sampled {}, folded {}\n",
               counters.received, counters.created, counters.sent, counters.filtered,
               counters.sampled, counters.folded);
    report_redacted(counters);
  }
  report_count(counters.late, "record came after its window was closed",
               "records came after their windows were closed");
  const InvalidNames names = names_of_invalid(options.format);
  report_count(counters.invalid, names.one, names.many);
  report_count(counters.too_long, "line longer than --max-line was left out",
               "lines longer than --max-line were left out");
  report_count(counters.errors, "stage failed on a record; _error says why where it is set",
               "times a stage failed on a record; _error says why where it is set");
}

Result<void> print(std::string_view text) { return places::write_all(1, text, "stdout"); }

// Where the lines go that come out: through a format to stdout.
class Printer {
 public:
  Printer(const PipeOptions& options, const lang::Plan& plan)
      : is_terminal_(::isatty(1) == 1), color_(app::use_color(options.color)), live_(color_) {
    std::string format = options.pretty ? "pretty" : options.output;
    if (format.empty()) format = is_terminal_ && plan.makes_rows() ? "table" : "ndjson";
    format_ = make_line_format(format, {color_, options.tz != kUtc});
    if (!format_) format_ = tui::make_output(format, {screen_size().width, color_});
    const bool is_table = is_terminal_ && format == "table";
    is_local_ =
        options.tz != kUtc && (format == "table" || format == "csv" || format == "markdown");
    is_live_ = is_table && plan.makes_rows() && plan.waits_for_end();
    shows_at_once_ = (is_table || options.follow) && !plan.waits_for_end();
  }

  bool shows_lines() const { return format_ == nullptr; }
  // Rows that change until the end are painted over; until then nothing is written.
  bool is_live() const { return is_live_; }

  Result<void> write(std::string_view lines) {
    if (!format_) return print(lines);
    if (lines.empty()) return {};
    text_ = live_.erase();
    std::string local;
    format_->add(localize(lines, local), text_);
    if (shows_at_once_) format_->flush(text_);
    return print(text_);
  }

  // Any thread; see tui::OutputFormat.
  bool draw(std::string_view lines, std::string& drawn) const {
    std::string local;
    return format_->draw(localize(lines, local), drawn);
  }

  void repaint(std::string_view rows) {
    std::string local;
    (void)print(live_.paint(localize(rows, local), screen_size()));
  }

  Result<void> finish() {
    text_ = live_.erase();
    if (format_) format_->finish(text_);
    return print(text_);
  }

 private:
  std::string_view localize(std::string_view lines, std::string& local) const {
    if (!is_local_) return lines;
    lang::append_local_lines(local, lines);
    return local;
  }

  bool is_terminal_;
  bool color_;
  bool is_local_ = false;
  bool is_live_ = false;
  bool shows_at_once_ = false;
  std::unique_ptr<tui::OutputFormat> format_;
  std::string text_;
  LiveTable live_;
};

lang::PumpOptions make_pump_options(const PipeOptions& options, Printer& printer,
                                    Branches& branches) {
  lang::PumpOptions pump;
  pump.threads =
      options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  pump.write = [&](std::string_view bytes) -> Result<void> {
    OBS_TRY_VOID(branches.flush());
    return printer.write(bytes);
  };
  if (!printer.shows_lines()) {
    pump.draw = [&](std::string_view lines, std::string& drawn) {
      return printer.draw(lines, drawn);
    };
    pump.write_drawn = [&](std::string_view drawn) -> Result<void> {
      OBS_TRY_VOID(branches.flush());
      return print(drawn);
    };
  }
  if (printer.is_live()) pump.repaint = [&](std::string_view rows) { printer.repaint(rows); };
  return pump;
}

// Runs the plan over the inputs; the exit status.
Result<int> run_plan(const PipeOptions& options, const lang::Plan& plan, const Job& job,
                     const InputOptions& input, Branches& branches) {
  // Closing a store takes as long as its flush does, and printing what was gathered as long as it
  // is.
  const bool ends_at_once = plan.addresses().empty() && !plan.waits_for_end();
  app::Interrupts interrupts(ends_at_once ? kPatience : app::Interrupts::kForever);
  OBS_TRY_VOID(branches.open(plan.addresses()));
  OBS_TRY(const auto source, open_inputs(job.files, input));
  interrupts.on_interrupt([&] {
    source->stop();
    branches.stop();
  });
  Printer printer(options, plan);
  auto counters = lang::pump(plan, *source, make_pump_options(options, printer, branches));
  auto closed = branches.close();
  interrupts.on_interrupt({});
  if (!counters) return fail(std::move(counters).error());
  OBS_TRY_VOID(printer.finish());
  report(*counters, options);
  if (!closed) return fail(std::move(closed).error());
  return interrupts.requested() ? interrupts.exit_code() : static_cast<int>(app::kExitDone);
}

Result<void> check_output(const PipeOptions& options, const lang::Plan& plan) {
  const std::string& format = options.output;
  if (options.pretty && !format.empty()) {
    return fail(Errc::kInvalidArgument, "--pretty is an output of its own: leave out -o");
  }
  const bool is_lines = format.empty() || format == "ndjson" || format == "text";
  if (!plan.makes_text() || is_lines) return {};
  return fail(Errc::kInvalidArgument,
              "`format` makes lines of text, which -o cannot show as anything else");
}

Result<int> run(const PipeOptions& options) {
  OBS_TRY_VOID(use_time_zone(options.tz));
  OBS_TRY(auto engine_options, to_engine_options(options));
  if (!options.arguments.empty() && options.arguments.front() == "test") {
    return run_tests({options.arguments.begin() + 1, options.arguments.end()}, engine_options,
                     options.junit);
  }
  OBS_TRY(const Job job, make_job(options));
  InputOptions input{options.format, options.strict, options.skip_invalid};
  input.max_line = engine_options.max_line;
  input.merge = options.merge;
  input.follow = options.follow;
  if (options.verify_redaction) {
    OBS_TRY(const lang::Program program, parse_job(job));
    OBS_TRY(const auto source, open_inputs(job.files, input));
    return verify_redaction(program, *source, input.max_line);
  }
  Branches branches;
  engine_options.deliver = [&branches](std::string_view address, std::string_view line) {
    return branches.add(address, line);
  };
  OBS_TRY(const lang::Plan plan, compile_job(job, engine_options));
  if (options.explain) {
    app::Stdout out;
    OBS_TRY_VOID(out.write(plan.explain()));
    OBS_TRY_VOID(out.flush());
  }
  OBS_TRY_VOID(check_output(options, plan));
  if (options.explain || options.check) return app::kExitDone;
  return run_plan(options, plan, job, input, branches);
}

}  // namespace
}  // namespace obs::pipe

int main(int argc, char** argv) {
  return obs::app::run<obs::pipe::PipeOptions>(argc, argv, obs::pipe::run);
}
