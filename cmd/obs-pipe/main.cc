// obs-pipe(1): filter, reshape and aggregate a stream of ndjson with the pipeline language.

#include <sys/ioctl.h>
#include <unistd.h>

#include <thread>

#include <fmt/format.h>

#include "cmd/obs-pipe/branches.h"
#include "cmd/obs-pipe/input.h"
#include "cmd/obs-pipe/job.h"
#include "cmd/obs-pipe/line_formats.h"
#include "cmd/obs-pipe/options.h"
#include "cmd/obs-pipe/test_run.h"
#include "cmd/obs-pipe/verify.h"
#include "libobs/app/color.h"
#include "libobs/app/interrupts.h"
#include "libobs/app/stdout.h"
#include "libobs/places/output.h"

namespace obs::pipe {
namespace {

void report_redacted(const lang::Counters& counters) {
  std::string kinds;
  for (std::size_t i = 0; i < counters.redacted.size(); ++i) {
    if (counters.redacted[i] == 0) continue;
    kinds += fmt::format("{} {} {}", kinds.empty() ? "" : ",",
                         to_string(static_cast<lang::Secret>(i)), counters.redacted[i]);
  }
  if (!kinds.empty()) fmt::print(stderr, "obs-pipe: redacted{}\n", kinds);
}

void report(const lang::Counters& counters, bool verbose) {
  if (verbose) {
    fmt::print(stderr,
               "obs-pipe: received {}, created {}, sent {}, filtered {}, sampled {}, folded {}\n",
               counters.received, counters.created, counters.sent, counters.filtered,
               counters.sampled, counters.folded);
    report_redacted(counters);
  }
  if (counters.late != 0) {
    fmt::print(stderr, "obs-pipe: {} records came after their window was closed\n", counters.late);
  }
  if (counters.invalid != 0) {
    fmt::print(stderr, "obs-pipe: {} lines that are no JSON were left out\n", counters.invalid);
  }
  if (counters.too_long != 0) {
    fmt::print(stderr, "obs-pipe: {} lines longer than --max-line were left out\n",
               counters.too_long);
  }
  if (counters.errors != 0) {
    fmt::print(stderr, "obs-pipe: a stage failed on {} records; _error says why where it is set\n",
               counters.errors);
  }
}

// Where the lines go that come out: through a format to stdout.
class Printer {
 public:
  explicit Printer(std::unique_ptr<tui::OutputFormat> format) : format_(std::move(format)) {}

  bool shows_lines() const { return format_ == nullptr; }

  Result<void> write(std::string_view lines) {
    if (!format_) return places::write_all(1, lines, "stdout");
    text_.clear();
    format_->add(lines, text_);
    return places::write_all(1, text_, "stdout");
  }

  // Any thread; see tui::OutputFormat.
  bool draw(std::string_view lines, std::string& drawn) const {
    return format_->draw(lines, drawn);
  }

  Result<void> finish() {
    if (!format_) return {};
    text_.clear();
    format_->finish(text_);
    return places::write_all(1, text_, "stdout");
  }

 private:
  std::unique_ptr<tui::OutputFormat> format_;
  std::string text_;
};

std::size_t terminal_width() {
  winsize size{};
  return ::ioctl(1, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

Printer make_printer(const PipeOptions& options, const lang::Plan& plan) {
  const bool is_terminal = ::isatty(1) == 1;
  std::string format = options.pretty ? "pretty" : options.output;
  if (format.empty()) format = is_terminal && plan.makes_rows() ? "table" : "ndjson";
  const tui::OutputOptions output{is_terminal ? terminal_width() : 0,
                                  app::use_color(options.color)};
  auto lines = make_line_format(format, output.color);
  return Printer(lines ? std::move(lines) : tui::make_output(format, output));
}

// Runs the plan over the inputs; the exit status.
Result<int> run_plan(const PipeOptions& options, const lang::Plan& plan, const Job& job,
                     const InputOptions& input, Branches& branches) {
  app::Interrupts interrupts;
  OBS_TRY(const auto source, open_inputs(job.files, input));
  interrupts.on_interrupt([&source] { source->stop(); });
  Printer printer = make_printer(options, plan);
  lang::PumpOptions pump_options;
  pump_options.threads =
      options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  pump_options.write = [&](std::string_view bytes) -> Result<void> {
    OBS_TRY_VOID(branches.flush());
    return printer.write(bytes);
  };
  if (!printer.shows_lines()) {
    pump_options.draw = [&printer](std::string_view lines, std::string& drawn) {
      return printer.draw(lines, drawn);
    };
    pump_options.write_drawn = [&](std::string_view drawn) -> Result<void> {
      OBS_TRY_VOID(branches.flush());
      return places::write_all(1, drawn, "stdout");
    };
  }
  auto counters = lang::pump(plan, *source, pump_options);
  interrupts.on_interrupt({});
  OBS_TRY_VOID(branches.flush());
  if (!counters) return fail(std::move(counters).error());
  OBS_TRY_VOID(printer.finish());
  report(*counters, options.verbose);
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
  OBS_TRY(auto engine_options, to_engine_options(options));
  if (!options.arguments.empty() && options.arguments.front() == "test") {
    return run_tests({options.arguments.begin() + 1, options.arguments.end()}, engine_options,
                     options.junit);
  }
  OBS_TRY(const Job job, make_job(options));
  const InputOptions input{options.format, options.strict, engine_options.max_line};
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
  OBS_TRY(branches, Branches::open(plan.addresses()));
  return run_plan(options, plan, job, input, branches);
}

}  // namespace
}  // namespace obs::pipe

int main(int argc, char** argv) {
  return obs::app::run<obs::pipe::PipeOptions>(argc, argv, obs::pipe::run);
}
